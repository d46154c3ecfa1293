// Reads a request's body into memory, up to a bound of the listener's own.
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { ProxyRefusal } from "./refusal.ts";

/**
 * The whole body and its SHA-256 in lower-case hex.
 * @throws ProxyRefusal 413 as soon as the bound is passed, or announced to be
 */
export async function readBody(
  request: IncomingMessage,
  maximumBytes: number,
): Promise<{ readonly body: Buffer; readonly hash: string }> {
  const tooLarge = new ProxyRefusal(
    413,
    "RequestEntityTooLargeException",
    `The request body is larger than ${maximumBytes} bytes.`,
  );
  if (Number(request.headers["content-length"] ?? 0) > maximumBytes) throw tooLarge;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maximumBytes) throw tooLarge;
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks, length);
  return { body, hash: createHash("sha256").update(body).digest("hex") };
}
