// Writes a complete answer, and ends the connection when the request was not read to its end: what is left of it would
// be taken for the next one.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer } from "./refusal.ts";

/** @param extra headers of the listener's own; they win over the answer's */
export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  extra: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed || response.headersSent) return;
  const body = Buffer.from(answer.body);
  const hasBody = answer.status !== 204 && answer.status !== 304;
  response.writeHead(answer.status, {
    ...answer.headers,
    ...extra,
    ...(hasBody ? { "content-length": String(body.length) } : {}),
    ...(request.complete ? {} : { connection: "close" }),
  });
  response.end(hasBody ? body : undefined);
}
