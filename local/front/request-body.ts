// Reads a request body into memory, up to a bound. S3 bodies never come here: they are streamed.
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Refusal } from "./refusals.ts";

/** More than any request of the buffered services may be (Lambda's and DynamoDB's batches are the largest). */
export const maximumBodyBytes = 10 * 1024 * 1024;

/**
 * The whole body and its SHA-256 in lower-case hex.
 * @throws Refusal tooLarge as soon as the bound is passed, or known to be passed
 */
export async function readBody(request: IncomingMessage): Promise<{ body: Buffer; hash: string }> {
  if (Number(request.headers["content-length"] ?? 0) > maximumBodyBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maximumBodyBytes) throw tooLarge();
    chunks.push(chunk);
  }
  const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length);
  return { body, hash: length === 0 ? emptyHash : createHash("sha256").update(body).digest("hex") };
}

const emptyHash = createHash("sha256").digest("hex");

function tooLarge(): Refusal {
  return new Refusal("tooLarge", `The request body is larger than ${maximumBodyBytes} bytes.`);
}
