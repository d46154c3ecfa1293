// GetObject and HeadObject: which version, which bytes of it, under which conditions.
import { decideRead, etagMatches } from "../conditions.ts";
import { S3Error } from "../errors.ts";
import { objectHeaders } from "../object-headers.ts";
import { asHeaderValue, numberInQuery, type S3Request, type S3Response } from "../request.ts";
import type { Store } from "../store.ts";
import type { ObjectVersion } from "../versions.ts";

/** GetObject and HeadObject; the server leaves the body of a HEAD out. */
export function readObject(request: S3Request, store: Store): S3Response {
  const bucket = store.buckets.get(request.bucket);
  const version = findVersion(request, store);
  const range = rangeOf(request, version);
  // A checksum of the whole object on a part of it would make the client refuse the body.
  const checksum = range === undefined && request.headers["x-amz-checksum-mode"]?.toUpperCase() === "ENABLED";
  const versioned = bucket.versioning !== "";
  if (decideRead(request.headers, version) === "notModified") {
    // No checksum either: botocore would look for a body to check, and fail on the answer instead of reading 304.
    const { "content-type": _type, ...headers } = objectHeaders(version, { versioned, checksum: false });
    return { status: 304, headers };
  }
  const headers = objectHeaders(version, { versioned, checksum });
  for (const [name, value] of overrides(request)) headers[name] = value;
  const { start, length } = range ?? { start: 0, length: version.size };
  headers["content-length"] = String(length);
  if (range) headers["content-range"] = `bytes ${start}-${start + length - 1}/${version.size}`;
  if (request.query.has("partNumber") && version.partSizes) {
    headers["x-amz-mp-parts-count"] = String(version.partSizes.length);
  }
  const status = range ? 206 : 200;
  if (request.method === "HEAD") return { status, headers };
  return { status, headers, content: { segments: store.versions.segments(version), start, length } };
}

/**
 * The version a request names: by `versionId`, else the current one.
 * @throws S3Error NoSuchKey, NoSuchVersion, MethodNotAllowed (a delete marker named by its id)
 */
export function findVersion(request: S3Request, store: Store): ObjectVersion {
  const versionId = request.query.get("versionId");
  const version = versionId
    ? store.versions.version(request.bucket, request.key, versionId)
    : store.versions.current(request.bucket, request.key);
  if (!version) throw new S3Error("NoSuchKey", { members: { Key: request.key } });
  if (!version.isDeleteMarker) return version;
  const headers = { "x-amz-delete-marker": "true", "x-amz-version-id": version.versionId };
  if (!versionId) throw new S3Error("NoSuchKey", { members: { Key: request.key }, headers });
  throw new S3Error("MethodNotAllowed", {
    members: { Method: request.method, ResourceType: "DeleteMarker" },
    headers: { ...headers, allow: "DELETE", "last-modified": new Date(version.lastModified).toUTCString() },
  });
}

/**
 * The bytes of a `Range: bytes=…` value, or undefined when the header is none S3 heeds (several ranges, other units).
 * @throws S3Error InvalidRange when no byte of the object is in it
 */
export function parseRange(header: string, size: number): { start: number; length: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  const [, first = "", last = ""] = match;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  if (start > end) {
    throw new S3Error("InvalidRange", {
      members: { RangeRequested: header, ActualObjectSize: size },
      headers: { "content-range": `bytes */${size}` },
    });
  }
  return { start, length: end - start + 1 };
}

function rangeOf(request: S3Request, version: ObjectVersion): { start: number; length: number } | undefined {
  const header = request.headers["range"];
  if (request.query.has("partNumber")) {
    if (header !== undefined) {
      throw new S3Error("InvalidRequest", {
        message: "Cannot specify both Range header and partNumber query parameter.",
      });
    }
    return partRange(version, numberInQuery(request, "partNumber", 1, 1));
  }
  if (header === undefined) return undefined;
  const ifRange = request.headers["if-range"];
  if (ifRange !== undefined && !etagMatches(ifRange, version.etag)) return undefined;
  return parseRange(header, version.size);
}

function partRange(version: ObjectVersion, number: number): { start: number; length: number } | undefined {
  const sizes = version.partSizes ?? [version.size];
  const length = sizes[number - 1];
  if (length === undefined) {
    throw new S3Error("InvalidPartNumber", { members: { PartNumberRequested: number, ActualPartCount: sizes.length } });
  }
  // An empty object has no first byte to name in a content-range.
  if (version.size === 0) return undefined;
  return { start: sizes.slice(0, number - 1).reduce((sum, size) => sum + size, 0), length };
}

function* overrides(request: S3Request): Generator<[string, string]> {
  for (const name of [
    "content-type",
    "content-language",
    "expires",
    "cache-control",
    "content-disposition",
    "content-encoding",
  ]) {
    const text = request.query.get(`response-${name}`);
    if (text === null) continue;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these may not stand in a header
    if (/[\u0000-\u001f\u007f]/.test(text)) {
      throw new S3Error("InvalidArgument", {
        message: "Header value cannot be represented.",
        members: { ArgumentName: `response-${name}` },
      });
    }
    yield [name, asHeaderValue(text)];
  }
}
