// A bare HTTP request for tests that must say exactly what goes over the wire, which no SDK lets one do.
import { request as httpRequest } from "node:http";

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Sends one request to a port of 127.0.0.1 or to a unix socket; `path` goes out as it is. */
export function rawRequest(
  target: number | string,
  method: string,
  path: string,
  options: { readonly headers?: Record<string, string>; readonly body?: string | Buffer } = {},
): Promise<RawAnswer> {
  const { headers = {}, body } = options;
  const length =
    body === undefined || headers["transfer-encoding"] ? {} : { "content-length": Buffer.byteLength(body) };
  const where = typeof target === "number" ? { host: "127.0.0.1", port: target } : { socketPath: target };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ ...where, method, path, headers: { ...length, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}
