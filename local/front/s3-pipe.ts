// Streams a verified S3 request to the S3 worker's unix socket and its response back, both without buffering.
import { type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import type { Caller } from "../engine.ts";

export interface PipedRequest {
  readonly socketPath: string;
  readonly caller: Caller;
  readonly requestId: string;
  readonly endpoint: string;
  /** Path and query as the worker shall see them. */
  readonly target: string;
  /** Headers that a presigned URL carried in its query. */
  readonly hoistedHeaders: Readonly<Record<string, string>>;
}

const hopByHop = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade", "expect"]);

/**
 * Pipes one request. Resolves when the response has been sent or either side hung up.
 * @throws Error when the worker cannot be reached and nothing has been answered yet
 */
export function pipeToS3(request: IncomingMessage, response: ServerResponse, piped: PipedRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const upstream = httpRequest({
      socketPath: piped.socketPath,
      method: request.method ?? "GET",
      path: piped.target,
      headers: workerHeaders(request, piped),
      agent: false,
    });
    upstream.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 500, endToEnd(answer.headersDistinct));
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    });
    upstream.on("error", (error) => {
      if (!response.headersSent && !response.destroyed) return reject(error);
      response.destroy();
      resolve();
    });
    response.on("close", () => {
      upstream.destroy();
      if (!request.complete) discardRest(request); // answered early: the client's next request comes after this body
      resolve();
    });
    request.on("error", () => upstream.destroy());
    // A client that hangs up in mid-upload must break the upload, never end it early as if it were whole.
    request.on("close", () => request.complete || upstream.destroy());
    request.pipe(upstream);
  });
}

function workerHeaders(request: IncomingMessage, piped: PipedRequest): Record<string, string | string[]> {
  return {
    ...endToEnd(request.headersDistinct),
    ...piped.hoistedHeaders,
    // With `close`, Node's default here, the worker would end the connection after an early answer (412, say) while the body
    // is still being sent, and the broken pipe would be seen before the answer.
    connection: "keep-alive",
    "x-hangar-caller-arn": piped.caller.arn,
    "x-hangar-account-id": piped.caller.accountId,
    "x-hangar-request-id": piped.requestId,
    "x-hangar-endpoint": piped.endpoint,
  };
}

/** As the worker does with a body nobody wants: a little is read away, a lot ends the connection. */
const mostDiscarded = 16 * 1024 * 1024;

function discardRest(request: IncomingMessage): void {
  let bytes = 0;
  request.unpipe();
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostDiscarded) request.destroy();
  });
  request.resume();
}

/** Drops what belongs to one connection only, and every `x-hangar-` header: those are the front door's word alone. */
function endToEnd(headers: NodeJS.Dict<string[]>): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, values] of Object.entries(headers)) {
    if (values === undefined || hopByHop.has(name) || name.startsWith("x-hangar-")) continue;
    kept[name] = values.length === 1 ? values[0]! : values;
  }
  return kept;
}
