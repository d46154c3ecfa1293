// CopyObject and UploadPartCopy. Content files are immutable, so a copy shares them: bytes are read only where a digest of
// them is needed (a multipart source, a range, another checksum), and never written again.
import { createHash } from "node:crypto";
import { algorithmNamed, type Checksum, type ChecksumAlgorithm, checksumMembers, startChecksum } from "../checksums.ts";
import { requireCopySource, requireWrite } from "../conditions.ts";
import { slicesOf } from "../slices.ts";
import { S3Error } from "../errors.ts";
import {
  describeObject,
  encryptionHeaders,
  refuseUnsupported,
  storageClassOf,
  versionHeaders,
} from "../object-headers.ts";
import { largestPut } from "../receive-body.ts";
import type { ObjectContent, S3Request, S3Response, Segment } from "../request.ts";
import type { Store } from "../store.ts";
import { tagsInHeader } from "../tags.ts";
import type { ObjectVersion } from "../versions.ts";
import { writeXml } from "../xml.ts";
import { parseRange } from "./read-object.ts";

/** CopyObject, onto itself with other metadata included. */
export async function copyObject(request: S3Request, store: Store): Promise<S3Response> {
  store.buckets.get(request.bucket);
  refuseUnsupported(request);
  const source = findSource(request, store);
  if (source.version.size > largestPut) {
    throw new S3Error("InvalidRequest", {
      message: `The specified copy source is larger than the maximum allowable size for a copy source: ${largestPut}`,
    });
  }
  const description = describeCopy(request, source.version);
  const asked = request.headers["x-amz-checksum-algorithm"];
  const content = { segments: store.versions.segments(source.version), start: 0, length: source.version.size };
  const { etag, checksum } = await digestCopy(source.version, content, asked, store);
  const { bucket, version } = await store.commit(() => {
    requireStillThere(source.version, store);
    const bucket = store.buckets.get(request.bucket);
    requireWrite(request.headers, request.key, store.versions.current(bucket.name, request.key));
    const version = store.versions.put(bucket, {
      ...description,
      key: request.key,
      size: source.version.size,
      etag,
      checksum,
      partSizes: undefined,
      segments: content.segments,
    });
    store.outbox.created(version, "CopyObject", request);
    return { bucket, version };
  });
  store.contents.collect();
  return {
    status: 200,
    headers: {
      ...encryptionHeaders,
      ...source.headers,
      ...versionHeaders(version, bucket.versioning !== ""),
    },
    body: writeXml("CopyObjectResult", {
      LastModified: new Date(version.lastModified).toISOString(),
      ETag: `"${version.etag}"`,
      ...checksumMembers(version.checksum),
    }),
  };
}

/**
 * The source of a copy was looked up before the transaction; contents may only be shared with a version that still is.
 * @throws S3Error NoSuchKey, as if the copy had come after the delete
 */
export function requireStillThere(source: ObjectVersion, store: Store): void {
  if (!store.versions.byId(source.id)) throw new S3Error("NoSuchKey", { members: { Key: source.key } });
}

/** The part an UploadPartCopy asks for: its bytes by reference, with their digests. */
export async function readPartSource(
  request: S3Request,
  store: Store,
  algorithm: ChecksumAlgorithm | undefined,
): Promise<{
  etag: string;
  size: number;
  checksum: string | undefined;
  segments: Segment[];
  version: ObjectVersion;
  headers: Record<string, string>;
}> {
  const source = findSource(request, store);
  const header = request.headers["x-amz-copy-source-range"];
  const range =
    header === undefined ? { start: 0, length: source.version.size } : strictRange(header, source.version.size);
  if (range.length > largestPut) throw new S3Error("EntityTooLarge");
  const content = { segments: store.versions.segments(source.version), ...range };
  const { md5, checksum } = await digest(content, algorithm, store);
  return { etag: md5, size: range.length, checksum, segments: slicesOf(content), ...source };
}

interface Source {
  readonly version: ObjectVersion;
  readonly headers: Record<string, string>;
}

function findSource(request: S3Request, store: Store): Source {
  const header = request.headers["x-amz-copy-source"] ?? "";
  const question = header.lastIndexOf("?versionId=");
  const versionId = question < 0 ? undefined : header.slice(question + "?versionId=".length);
  const { bucket, key } = addressOf(question < 0 ? header : header.slice(0, question));
  const versioned = store.buckets.get(bucket).versioning !== "";
  const version = versionId ? store.versions.version(bucket, key, versionId) : store.versions.current(bucket, key);
  if (version?.isDeleteMarker && versionId) {
    throw new S3Error("InvalidRequest", {
      message: "The source of a copy request may not specifically refer to a delete marker by version id.",
    });
  }
  if (!version || version.isDeleteMarker) throw new S3Error("NoSuchKey", { members: { Key: key } });
  requireCopySource(request.headers, version);
  return { version, headers: versioned ? { "x-amz-copy-source-version-id": version.versionId } : {} };
}

function addressOf(encoded: string): { bucket: string; key: string } {
  try {
    const path = decodeURIComponent(encoded).replace(/^\//, "");
    const slash = path.indexOf("/");
    if (slash > 0 && slash < path.length - 1) return { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
  } catch {
    // answered below: it is not percent-encoded UTF-8
  }
  throw new S3Error("InvalidArgument", {
    message: "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    members: { ArgumentName: "x-amz-copy-source", ArgumentValue: encoded },
  });
}

function describeCopy(request: S3Request, source: ObjectVersion): ReturnType<typeof describeObject> {
  const replaceMetadata = directive(request, "x-amz-metadata-directive") === "REPLACE";
  const replaceTags = directive(request, "x-amz-tagging-directive") === "REPLACE";
  const storageClass = storageClassOf(request);
  const ontoItself = source.bucket === request.bucket && source.key === request.key && source.isLatest;
  if (ontoItself && !replaceMetadata && !replaceTags && storageClass === source.storageClass) {
    throw new S3Error("InvalidRequest", {
      message:
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    });
  }
  return {
    storageClass,
    headers: replaceMetadata ? describeObject(request).headers : source.headers,
    tags: replaceTags ? tagsInHeader(request.headers["x-amz-tagging"]) : source.tags,
  };
}

function directive(request: S3Request, name: string): string {
  const value = request.headers[name] ?? "COPY";
  if (value === "COPY" || value === "REPLACE") return value;
  throw new S3Error("InvalidArgument", {
    message: `Unknown ${name.replace("x-amz-", "").replace("-", " ")}.`,
    members: { ArgumentName: name, ArgumentValue: value },
  });
}

// A copy is one object, not parts: it has the MD5 of the whole as its tag, and a checksum of the whole.
async function digestCopy(
  source: ObjectVersion,
  content: ObjectContent,
  asked: string | undefined,
  store: Store,
): Promise<{ etag: string; checksum: Checksum | undefined }> {
  const algorithm = asked === undefined ? source.checksum?.algorithm : algorithmNamed(asked);
  const kept = source.checksum?.type === "FULL_OBJECT" && source.checksum.algorithm === algorithm;
  if (!source.etag.includes("-") && (algorithm === undefined || kept)) {
    return { etag: source.etag, checksum: source.checksum };
  }
  const { md5, checksum } = await digest(content, algorithm, store);
  return {
    etag: md5,
    checksum: algorithm && checksum !== undefined ? { algorithm, value: checksum, type: "FULL_OBJECT" } : undefined,
  };
}

function digest(
  content: ObjectContent,
  algorithm: ChecksumAlgorithm | undefined,
  store: Store,
): Promise<{ md5: string; checksum: string | undefined }> {
  return store.contents.stream(content, async (chunks) => {
    const md5 = createHash("md5");
    const checksum = algorithm && startChecksum(algorithm);
    for await (const chunk of chunks) {
      md5.update(chunk);
      checksum?.update(chunk);
    }
    return { md5: md5.digest("hex"), checksum: checksum?.value() };
  });
}

function strictRange(header: string, size: number): { start: number; length: number } {
  const last = /^bytes=\d+-(\d+)$/.exec(header)?.[1];
  const range = last === undefined ? undefined : parseRange(header, size);
  if (!range || Number(last) >= size) {
    throw new S3Error("InvalidArgument", {
      message: `The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy, within the source object (${size} bytes).`,
      members: { ArgumentName: "x-amz-copy-source-range", ArgumentValue: header },
    });
  }
  return range;
}
