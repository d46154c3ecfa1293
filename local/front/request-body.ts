// Reads a request body into memory, up to a bound. S3 bodies never come here: they are streamed.
import { hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Refusal } from "./refusals.ts";

/** More than any request of the buffered services may be (Lambda's and DynamoDB's batches are the largest). */
export const maximumBodyBytes = 10 * 1024 * 1024;

/** What clients send in a moment; one that trickles must not hold a connection and what was read of it for long. */
export const bodyPatienceMilliseconds = 30_000;

/**
 * The whole body and its SHA-256 in lower-case hex.
 * @throws Refusal tooLarge as soon as the bound is passed, or known to be passed; tooSlow when it is not complete in time
 */
export function readBody(
  request: IncomingMessage,
  patienceMilliseconds = bodyPatienceMilliseconds,
): Promise<{ body: Buffer; hash: string }> {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  if (length === undefined && encoding === undefined) return nothing; // by HTTP's rules there is none
  if (Number(length ?? 0) > maximumBodyBytes) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => {
      request.pause();
      reject(new Refusal("tooSlow", `The request body did not arrive within ${patienceMilliseconds / 1000} seconds.`));
    }, patienceMilliseconds);
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maximumBodyBytes) chunks.push(chunk);
      else {
        request.pause();
        reject(tooLarge());
      }
    });
    request.on("end", () => {
      clearTimeout(timer);
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
      resolve({ body, hash: size === 0 ? emptyHash : hash("sha256", body, "hex") });
    });
    request.on("error", reject);
    request.on("close", () => {
      clearTimeout(timer);
      if (!request.complete) reject(new Error("The client went away in the middle of its request."));
    });
  });
}

const emptyHash = hash("sha256", "", "hex");
const nothing = Promise.resolve({ body: Buffer.alloc(0), hash: emptyHash });

function tooLarge(): Refusal {
  return new Refusal("tooLarge", `The request body is larger than ${maximumBodyBytes} bytes.`);
}
