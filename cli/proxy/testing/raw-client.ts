// For the proxy's tests: a client that sends exactly the bytes it is told to, and signs as AWS clients do.
import { connect } from "node:net";
import { SignatureV4 } from "@smithy/signature-v4";
import type { ProxyCredentials } from "../credentials.ts";
import { NodeSha256 } from "../node-sha256.ts";
import { callerKey, testRegion } from "./stub-upstream.ts";

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends the lines as they are, joined by CRLF, and reads until the other side ends. @param address a port or a socket */
export function sendRaw(address: number | string, lines: readonly string[], body = ""): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = typeof address === "number" ? connect(address, "127.0.0.1") : connect(address);
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", (error) => (chunks.length === 0 ? reject(error) : resolve(parse(Buffer.concat(chunks)))));
    socket.on("close", () => resolve(parse(Buffer.concat(chunks))));
    socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`);
  });
}

function parse(answer: Buffer): RawAnswer {
  const [head = "", ...rest] = answer.toString("latin1").split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  return { status: Number(first.split(" ")[1]), headers, body: rest.join("\r\n\r\n") };
}

export interface SignOptions {
  readonly key?: ProxyCredentials;
  readonly service?: string;
  readonly region?: string;
  readonly at?: number;
}

/** The head of a request as an AWS client signs it, ready for `sendRaw`. @param path with its query, percent-encoded */
export async function signedLines(
  method: string,
  host: string,
  path: string,
  body: string,
  { key = callerKey, service = "airflow", region = testRegion, at = Date.now() }: SignOptions = {},
): Promise<string[]> {
  const signer = new SignatureV4({ service, region, credentials: key, sha256: NodeSha256, applyChecksum: false });
  const url = new URL(path, "http://any");
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
  const headers = { host, ...(body ? { "content-type": "application/json" } : {}) };
  const { headers: signed } = await signer.sign(
    { method, protocol: "http:", hostname: "", path: path.split("?")[0] ?? "", query, headers, body },
    { signingDate: new Date(at) },
  );
  const lines = Object.entries({ ...signed, "content-length": String(Buffer.byteLength(body)), connection: "close" });
  return [`${method} ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`)];
}
