// One S3 request as the operations see it: path-style address, merged headers, and the caller the front door named.
import type { IncomingMessage } from "node:http";
import { S3Error } from "./errors.ts";

export interface S3Request {
  readonly method: string;
  /** Decoded; empty for the service itself. */
  readonly bucket: string;
  /** Decoded; empty for the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
  /** Lower-case names; `x-amz-*` members of a presigned query stand here too. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Buffer>;
  readonly accountId: string;
  readonly requestId: string;
  readonly endpoint: string;
}

/** What an operation answers. `content` is streamed from the content files; HEAD sends the headers only. */
export interface S3Response {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly content?: ObjectContent;
}

/** Bytes `start` (inclusive) to `start + length` of the content that the segments form together. */
export interface ObjectContent {
  readonly segments: readonly Segment[];
  readonly start: number;
  readonly length: number;
}

/** A slice of one content file. Files are immutable, so copies and multipart objects share them. */
export interface Segment {
  readonly contentId: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Reads address, query and headers of a request; the body is left unread.
 * @param accountId the region's own account, taken when no front door names one
 * @throws S3Error InvalidURI when the path is not percent-encoded UTF-8, KeyTooLongError over 1,024 bytes
 */
export function readRequest(message: IncomingMessage, accountId: string, requestId: string): S3Request {
  const url = message.url ?? "/";
  const question = url.indexOf("?");
  const path = (question < 0 ? url : url.slice(0, question)).slice(1);
  const query = new URLSearchParams(question < 0 ? "" : url.slice(question + 1));
  const slash = path.indexOf("/");
  const key = slash < 0 ? "" : decode(path.slice(slash + 1));
  const size = Buffer.byteLength(key);
  if (size > 1024) throw new S3Error("KeyTooLongError", { members: { Size: size, MaxSizeAllowed: 1024 } });
  const headers = mergedHeaders(message, query);
  return {
    method: message.method ?? "GET",
    bucket: decode(slash < 0 ? path : path.slice(0, slash)),
    key,
    query,
    headers,
    // Leaving the iterator early must not destroy the message: the answer goes over the same connection.
    body: message.iterator({ destroyOnReturn: false }),
    accountId: headers["x-hangar-account-id"] ?? accountId,
    requestId,
    endpoint: headers["x-hangar-endpoint"] ?? `http://${headers["host"] ?? "127.0.0.1"}`,
  };
}

/**
 * A whole number from the query.
 * @throws S3Error InvalidArgument when it is given but no number from `least` up to 2^31-1
 */
export function numberInQuery(request: S3Request, name: string, fallback: number, least = 0): number {
  const text = request.query.get(name);
  if (text === null || text === "") return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 2147483647 || value < least) {
    throw new S3Error("InvalidArgument", {
      message: `Provided ${name} not an integer or within integer range`,
      members: { ArgumentName: name, ArgumentValue: text },
    });
  }
  return value;
}

/** Text from a query as Node writes header values: its UTF-8 bytes, one character each. */
export function asHeaderValue(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function mergedHeaders(message: IncomingMessage, query: URLSearchParams): Record<string, string> {
  const headers: Record<string, string> = {};
  // Presigned requests carry what would be headers in the query; a header that is really there wins.
  for (const [name, value] of query) {
    const lower = name.toLowerCase();
    if (lower.startsWith("x-amz-")) headers[lower] = asHeaderValue(value);
  }
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(",") : value;
  }
  return headers;
}

function decode(text: string): string {
  try {
    const decoded = decodeURIComponent(text);
    // SQLite text and XML both end at a zero character; S3 clients cannot list such a key either.
    if (!decoded.includes("\0")) return decoded;
  } catch {
    // answered below
  }
  throw new S3Error("InvalidURI", { members: { URI: text } });
}
