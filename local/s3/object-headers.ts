// What the headers of a write say about the object, and the headers a stored object answers with.
import { checksumHeaders } from "./checksums.ts";
import { S3Error } from "./errors.ts";
import { encodingsOf } from "./receive-body.ts";
import type { S3Request } from "./request.ts";
import { tagsInHeader } from "./tags.ts";
import type { NewVersion, ObjectVersion } from "./versions.ts";

const keptHeaders = [
  "cache-control",
  "content-disposition",
  "content-language",
  "expires",
  "x-amz-website-redirect-location",
];
const mostMetadata = 2048;
// The archive classes are left out: their objects cannot be read before a restore, which this engine does not have.
const storageClasses = [
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER_IR",
];

/**
 * The description of an object in the headers of PutObject, CopyObject (replace) and CreateMultipartUpload.
 * @throws S3Error MetadataTooLarge, InvalidTag, and the refusals of `refuseUnsupported`
 */
export function describeObject(request: S3Request): Pick<NewVersion, "storageClass" | "headers" | "tags"> {
  refuseUnsupported(request);
  const kept: Record<string, string> = { "content-type": request.headers["content-type"] || "binary/octet-stream" };
  const encoding = encodingsOf(request.headers).filter((name) => name !== "aws-chunked");
  if (encoding.length > 0) kept["content-encoding"] = encoding.join(",");
  for (const name of keptHeaders) {
    const value = request.headers[name];
    if (value !== undefined) kept[name] = value;
  }
  let metadataSize = 0;
  for (const [name, value] of Object.entries(request.headers)) {
    if (!name.startsWith("x-amz-meta-")) continue;
    // Header text is one character a byte, so lengths are bytes.
    metadataSize += name.length - "x-amz-meta-".length + value.length;
    kept[name] = value;
  }
  if (metadataSize > mostMetadata) {
    throw new S3Error("MetadataTooLarge", { members: { Size: metadataSize, MaxSizeAllowed: mostMetadata } });
  }
  return { headers: kept, storageClass: storageClassOf(request), tags: tagsInHeader(request.headers["x-amz-tagging"]) };
}

/** The storage class a write asks for. */
export function storageClassOf(request: S3Request): string {
  const asked = request.headers["x-amz-storage-class"] ?? "STANDARD";
  if (storageClasses.includes(asked)) return asked;
  if (/^(GLACIER|DEEP_ARCHIVE|OUTPOSTS|SNOW|EXPRESS_ONEZONE|FSX_\w+)$/.test(asked))
    notImplemented("x-amz-storage-class");
  throw new S3Error("InvalidStorageClass", { members: { StorageClassRequested: asked } });
}

/** Refuses, as S3 does, what a header asks for and this engine does not have. Never silently. */
export function refuseUnsupported(request: S3Request): void {
  const { headers } = request;
  const encryption = headers["x-amz-server-side-encryption"];
  if (encryption !== undefined && encryption !== "AES256") notImplemented("x-amz-server-side-encryption");
  for (const name of Object.keys(headers)) {
    if (
      /^x-amz-(copy-source-)?server-side-encryption-(customer|aws-kms|context)/.test(name) ||
      name === "x-amz-write-offset-bytes"
    ) {
      notImplemented(name);
    }
    if (name.startsWith("x-amz-object-lock-")) {
      throw new S3Error("InvalidRequest", { message: "Bucket is missing Object Lock Configuration" });
    }
    if (name.startsWith("x-amz-grant-")) throw new S3Error("AccessControlListNotSupported");
  }
  const acl = headers["x-amz-acl"];
  if (acl !== undefined && acl !== "bucket-owner-full-control") throw new S3Error("AccessControlListNotSupported");
}

/** The headers of a stored object, as GET and HEAD send them. */
export function objectHeaders(
  version: ObjectVersion,
  options: { readonly versioned: boolean; readonly checksum: boolean },
): Record<string, string> {
  return {
    "accept-ranges": "bytes",
    "last-modified": new Date(version.lastModified).toUTCString(),
    etag: `"${version.etag}"`,
    ...version.headers,
    ...(version.storageClass === "STANDARD" ? {} : { "x-amz-storage-class": version.storageClass }),
    ...(version.tags.length > 0 ? { "x-amz-tagging-count": String(version.tags.length) } : {}),
    ...(options.checksum ? checksumHeaders(version.checksum) : {}),
    ...versionHeaders(version, options.versioned),
    ...encryptionHeaders,
  };
}

/** The version header; S3 leaves it out for buckets that were never versioned. */
export function versionHeaders(version: ObjectVersion, versioned: boolean): Record<string, string> {
  return versioned ? { "x-amz-version-id": version.versionId } : {};
}

/** S3 names its default encryption in every reply about content. */
export const encryptionHeaders: Readonly<Record<string, string>> = { "x-amz-server-side-encryption": "AES256" };

function notImplemented(header: string): never {
  throw new S3Error("NotImplemented", { members: { Header: header } });
}
