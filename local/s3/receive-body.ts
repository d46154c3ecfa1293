// Receives a request body: takes off aws-chunked, hands every byte on once, and proves it is what the client meant to send
// (length, Content-MD5, x-amz-content-sha256, flexible checksum). Nothing here keeps more than one chunk.
import { createHash } from "node:crypto";
import { decodeChunked } from "./aws-chunked.ts";
import {
  algorithmNamed,
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumHeader,
  type RunningChecksum,
  startChecksum,
} from "./checksums.ts";
import { S3Error } from "./errors.ts";
import type { S3Request } from "./request.ts";

export interface ReceivedBody {
  readonly size: number;
  /** Lower-case hex. */
  readonly md5: string;
  /** The checksum the client sent (verified), or the one asked for by `compute`. */
  readonly checksum:
    | { readonly algorithm: ChecksumAlgorithm; readonly value: string; readonly sent: boolean }
    | undefined;
}

/** The most one PutObject or UploadPart may carry: 5 GiB. */
export const largestPut = 5 * 1024 ** 3;

/**
 * Streams the body of a request into `sink`.
 * @param options.limit most bytes accepted
 * @param options.compute algorithm to compute when the client sends no checksum of its own
 * @throws S3Error MissingContentLength, EntityTooLarge, IncompleteBody, InvalidDigest, BadDigest,
 *   XAmzContentSHA256Mismatch; the client's own hang-up comes through as the stream's error
 */
export async function receiveBody(
  request: S3Request,
  sink: (chunk: Buffer) => void | Promise<void>,
  options: { readonly limit: number; readonly compute?: ChecksumAlgorithm | undefined },
): Promise<ReceivedBody> {
  const { headers } = request;
  const payload = headers["x-amz-content-sha256"] ?? "";
  const chunked = payload.startsWith("STREAMING-") || encodingsOf(headers).includes("aws-chunked");
  const declared = declaredLength(headers, chunked);
  if (declared > options.limit) tooLarge(declared, options.limit);
  const { data, trailers } = chunked
    ? decodeChunked(request.body)
    : { data: request.body, trailers: {} as Record<string, string> };

  const sent = sentAlgorithm(headers);
  const algorithm = sent ?? options.compute;
  const md5 = createHash("md5");
  const sha256 = /^[0-9a-f]{64}$/i.test(payload) ? createHash("sha256") : undefined;
  const checksum: RunningChecksum | undefined = algorithm && startChecksum(algorithm);
  let size = 0;
  for await (const chunk of data) {
    size += chunk.length;
    if (size > declared) throw new S3Error("IncompleteBody");
    md5.update(chunk);
    sha256?.update(chunk);
    checksum?.update(chunk);
    await sink(chunk);
  }
  if (size !== declared) throw new S3Error("IncompleteBody");
  if (sha256 && sha256.digest("hex") !== payload.toLowerCase()) throw new S3Error("XAmzContentSHA256Mismatch");
  const digest = md5.digest();
  verifyMd5(headers["content-md5"], digest);
  const value = checksum?.value();
  if (sent) verifyChecksum(sent, headers[checksumHeader(sent)] ?? trailers[checksumHeader(sent)], value);
  return {
    size,
    md5: digest.toString("hex"),
    checksum: algorithm && value !== undefined ? { algorithm, value, sent: sent !== undefined } : undefined,
  };
}

/** Reads a small document (XML) into text under the same checks. */
export async function receiveText(request: S3Request): Promise<string> {
  const chunks: Buffer[] = [];
  // The largest documents are a Complete with 10,000 parts and a DeleteObjects with 1,000 keys: about 3 MB.
  await receiveBody(request, (chunk) => void chunks.push(chunk), { limit: 8 * 1024 * 1024 });
  return Buffer.concat(chunks).toString("utf8");
}

/** The content codings of a request, lower-case, in order. */
export function encodingsOf(headers: Readonly<Record<string, string>>): string[] {
  return (headers["content-encoding"] ?? "").split(",").flatMap((name) => name.trim().toLowerCase() || []);
}

function declaredLength(headers: Readonly<Record<string, string>>, chunked: boolean): number {
  const text = chunked ? headers["x-amz-decoded-content-length"] : headers["content-length"];
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new S3Error("MissingContentLength");
  return Number(text);
}

function tooLarge(size: number, limit: number): never {
  throw new S3Error("EntityTooLarge", { members: { ProposedSize: size, MaxSizeAllowed: limit } });
}

function sentAlgorithm(headers: Readonly<Record<string, string>>): ChecksumAlgorithm | undefined {
  const names = (headers["x-amz-trailer"] ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  const sent = checksumAlgorithms.filter(
    (algorithm) => headers[checksumHeader(algorithm)] !== undefined || names.includes(checksumHeader(algorithm)),
  );
  if (sent.length > 1) {
    throw new S3Error("InvalidRequest", {
      message: "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    });
  }
  const named = headers["x-amz-sdk-checksum-algorithm"];
  const algorithm = sent[0];
  if (named !== undefined && algorithmNamed(named) !== algorithm) {
    if (algorithm)
      throw new S3Error("InvalidRequest", { message: "Value for x-amz-sdk-checksum-algorithm header is invalid." });
    // The name without a value: presigned requests of some clients do so; there is nothing to verify then.
  }
  return algorithm;
}

function verifyMd5(header: string | undefined, digest: Buffer): void {
  if (header === undefined) return;
  const expected = Buffer.from(header, "base64");
  if (expected.length !== 16) throw new S3Error("InvalidDigest");
  if (!expected.equals(digest)) {
    throw new S3Error("BadDigest", {
      members: { ExpectedDigest: header, CalculatedDigest: digest.toString("base64") },
    });
  }
}

function verifyChecksum(algorithm: ChecksumAlgorithm, expected: string | undefined, value: string | undefined): void {
  if (expected === undefined) {
    throw new S3Error("InvalidRequest", {
      message: `The trailer ${checksumHeader(algorithm)} was announced but not sent.`,
    });
  }
  if (Buffer.from(expected, "base64").toString("base64") !== expected || expected.length !== value?.length) {
    throw new S3Error("InvalidRequest", { message: `Value for ${checksumHeader(algorithm)} header is invalid.` });
  }
  if (expected !== value) {
    throw new S3Error("BadDigest", {
      message: `The ${algorithm} you specified did not match the calculated checksum.`,
    });
  }
}
