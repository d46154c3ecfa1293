// Multipart uploads: create, upload and copy parts, complete, abort. Completing joins references; no byte moves.
import { createHash } from "node:crypto";
import {
  algorithmNamed,
  type Checksum,
  checksumAlgorithms,
  checksumElement,
  checksumHeader,
  checksumMembers,
  checksumOfParts,
  multipartChecksumType,
} from "../checksums.ts";
import { requireWrite } from "../conditions.ts";
import { S3Error } from "../errors.ts";
import { describeObject, encryptionHeaders, refuseUnsupported, versionHeaders } from "../object-headers.ts";
import { largestPut, receiveBody, receiveText } from "../receive-body.ts";
import type { S3Request, S3Response } from "../request.ts";
import type { Store } from "../store.ts";
import type { Part, Upload } from "../uploads.ts";
import type { ObjectVersion } from "../versions.ts";
import { childrenOf, readXml, textOf, writeXml, type XmlElement } from "../xml.ts";
import { readPartSource, requireStillThere } from "./copy-object.ts";
import { withContent } from "./write-object.ts";

const smallestPart = 5 * 1024 * 1024;
const largestObject = 5 * 1024 ** 4;
const mostParts = 10_000;

/** CreateMultipartUpload. */
export async function createMultipartUpload(request: S3Request, store: Store): Promise<S3Response> {
  const description = describeObject(request);
  const name = request.headers["x-amz-checksum-algorithm"];
  const type = request.headers["x-amz-checksum-type"];
  const algorithm = name === undefined ? undefined : algorithmNamed(name);
  const checksum = algorithm && { algorithm, type: multipartChecksumType(algorithm, type) };
  const upload = await store.commit(() => {
    const bucket = store.buckets.get(request.bucket).name;
    return store.uploads.create({ ...description, bucket, key: request.key, initiated: wholeSeconds(store), checksum });
  });
  return {
    status: 200,
    headers: {
      ...encryptionHeaders,
      ...(checksum && {
        "x-amz-checksum-algorithm": checksum.algorithm,
        "x-amz-checksum-type": checksum.type,
      }),
    },
    body: writeXml("InitiateMultipartUploadResult", {
      Bucket: upload.bucket,
      Key: upload.key,
      UploadId: upload.uploadId,
    }),
  };
}

/** UploadPart. */
export async function uploadPart(request: S3Request, store: Store): Promise<S3Response> {
  const number = partNumberOf(request);
  const upload = uploadOf(request, store);
  refuseUnsupported(request);
  return withContent(store, async (writer) => {
    const compute = upload.checksum?.algorithm;
    const body = await receiveBody(request, (chunk) => writer.write(chunk), { limit: largestPut, compute });
    const { checksum } = body;
    if (compute && checksum && checksum.algorithm !== compute) mismatch(compute, checksum.algorithm);
    if (upload.checksum?.type === "COMPOSITE" && !checksum?.sent) mismatch(upload.checksum.algorithm, "null");
    const segments = await writer.finish();
    await storePart(request, store, {
      number,
      size: body.size,
      etag: body.md5,
      lastModified: wholeSeconds(store),
      checksum: checksum && { algorithm: checksum.algorithm, value: checksum.value },
      segments,
    });
    return {
      status: 200,
      headers: {
        etag: `"${body.md5}"`,
        ...(checksum && { [checksumHeader(checksum.algorithm)]: checksum.value }),
        ...encryptionHeaders,
      },
    };
  });
}

/** UploadPartCopy. */
export async function uploadPartCopy(request: S3Request, store: Store): Promise<S3Response> {
  const number = partNumberOf(request);
  const upload = uploadOf(request, store);
  refuseUnsupported(request);
  const algorithm = upload.checksum?.algorithm;
  const source = await readPartSource(request, store, algorithm);
  const checksum = algorithm && source.checksum ? { algorithm, value: source.checksum } : undefined;
  const lastModified = wholeSeconds(store);
  const { size, etag, segments } = source;
  const part = { number, size, etag, lastModified, checksum, segments };
  await storePart(request, store, part, () => requireStillThere(source.version, store));
  return {
    status: 200,
    headers: { ...encryptionHeaders, ...source.headers },
    body: writeXml("CopyPartResult", {
      LastModified: new Date(lastModified).toISOString(),
      ETag: `"${etag}"`,
      ...(checksum && { [checksumElement(checksum.algorithm)]: checksum.value }),
    }),
  };
}

/** CompleteMultipartUpload. Repeated after its answer was lost, it answers the same again. */
export async function completeMultipartUpload(request: S3Request, store: Store): Promise<S3Response> {
  store.buckets.get(request.bucket);
  const listed = childrenOf(readXml(await receiveText(request), "CompleteMultipartUpload", ["Part"]), "Part");
  if (listed.length === 0 || listed.length > mostParts) throw new S3Error("MalformedXML");
  const uploadId = request.query.get("uploadId") ?? "";
  const version = await store.commit(() => {
    const id = store.uploads.completed(request.bucket, request.key, uploadId);
    const repeated = id === undefined ? undefined : store.versions.byId(id);
    if (repeated) return repeated;
    const upload = uploadOf(request, store);
    const parts = chooseParts(listed, store.uploads.parts(upload), upload);
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    if (size > largestObject) throw new S3Error("EntityTooLarge");
    requireObjectSize(request, size);
    const bucket = store.buckets.get(request.bucket);
    requireWrite(request.headers, request.key, store.versions.current(bucket.name, request.key));
    const version = store.versions.put(bucket, {
      key: upload.key,
      size,
      etag: `${md5OfParts(parts)}-${parts.length}`,
      storageClass: upload.storageClass,
      checksum: wholeChecksum(request, upload, parts),
      headers: upload.headers,
      tags: upload.tags,
      partSizes: parts.map((part) => part.size),
      segments: parts.flatMap((part) => part.segments),
    });
    store.uploads.remove(upload);
    store.uploads.rememberCompleted(upload, version, store.now());
    store.outbox.created(version, "CompleteMultipartUpload", request);
    return version;
  });
  store.contents.collect();
  return completed(request, version);
}

/** AbortMultipartUpload. */
export async function abortMultipartUpload(request: S3Request, store: Store): Promise<S3Response> {
  store.buckets.get(request.bucket);
  await store.commit(() => store.uploads.remove(uploadOf(request, store)));
  store.contents.collect();
  return { status: 204 };
}

/** The upload a request names. @throws S3Error NoSuchUpload, NoSuchBucket */
export function uploadOf(request: S3Request, store: Store): Upload {
  store.buckets.get(request.bucket);
  return store.uploads.get(request.bucket, request.key, request.query.get("uploadId") ?? "");
}

async function storePart(request: S3Request, store: Store, part: Part, check?: () => void): Promise<void> {
  await store.commit(() => {
    check?.();
    // The upload may have been aborted or completed while the bytes came in.
    store.uploads.putPart(uploadOf(request, store), part);
  });
  store.contents.collect();
}

function chooseParts(listed: readonly XmlElement[], stored: readonly Part[], upload: Upload): Part[] {
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  const wanted = listed.map((element) => {
    const number = Number(textOf(element, "PartNumber"));
    const etag = textOf(element, "ETag")?.replaceAll('"', "");
    if (!Number.isInteger(number) || etag === undefined) throw new S3Error("MalformedXML");
    return { element, number, etag };
  });
  if (wanted.some(({ number }, index) => index > 0 && number <= wanted[index - 1]!.number)) {
    throw new S3Error("InvalidPartOrder", { members: { UploadId: upload.uploadId } });
  }
  const parts = wanted.map(({ element, number, etag }) => {
    const part = byNumber.get(number);
    if (part?.etag !== etag || !checksumsAgree(element, part)) {
      throw new S3Error("InvalidPart", { members: { UploadId: upload.uploadId, PartNumber: number, ETag: etag } });
    }
    requirePartChecksum(element, number, upload);
    return part;
  });
  const tooSmall = parts.slice(0, -1).find((part) => part.size < smallestPart);
  if (tooSmall) {
    const { size, number, etag } = tooSmall;
    throw new S3Error("EntityTooSmall", {
      members: { ProposedSize: size, MinSizeAllowed: smallestPart, PartNumber: number, ETag: etag },
    });
  }
  return parts;
}

function requirePartChecksum(element: XmlElement, number: number, { checksum }: Upload): void {
  if (checksum?.type !== "COMPOSITE" || textOf(element, checksumElement(checksum.algorithm)) !== undefined) return;
  throw new S3Error("InvalidRequest", {
    message: `The upload was created using a ${checksum.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
  });
}

function checksumsAgree(element: XmlElement, part: Part): boolean {
  return checksumAlgorithms.every((algorithm) => {
    const value = textOf(element, checksumElement(algorithm));
    return value === undefined || (part.checksum?.algorithm === algorithm && part.checksum.value === value);
  });
}

function wholeChecksum(request: S3Request, upload: Upload, parts: readonly Part[]): Checksum | undefined {
  if (!upload.checksum) return undefined;
  const { algorithm, type } = upload.checksum;
  const checksum = checksumOfParts(
    algorithm,
    type,
    parts.map((part) => ({ value: part.checksum?.value ?? "", size: part.size })),
  );
  const expected = request.headers[checksumHeader(algorithm)];
  if (expected !== undefined && expected !== checksum.value) {
    throw new S3Error("BadDigest", {
      message: `The ${algorithm} you specified did not match the calculated checksum.`,
    });
  }
  return checksum;
}

function requireObjectSize(request: S3Request, size: number): void {
  const expected = request.headers["x-amz-mp-object-size"];
  if (expected === undefined || Number(expected) === size) return;
  throw new S3Error("InvalidRequest", {
    message: `The provided 'x-amz-mp-object-size' header value ${expected} does not match what was computed: ${size}`,
  });
}

function md5OfParts(parts: readonly Part[]): string {
  const md5 = createHash("md5");
  for (const part of parts) md5.update(part.etag, "hex");
  return md5.digest("hex");
}

function completed(request: S3Request, version: ObjectVersion): S3Response {
  return {
    status: 200,
    headers: { ...encryptionHeaders, ...versionHeaders(version, version.versionId !== "null") },
    body: writeXml("CompleteMultipartUploadResult", {
      Location: `${request.endpoint}/${version.bucket}/${encodeURIComponent(version.key)}`,
      Bucket: version.bucket,
      Key: version.key,
      ETag: `"${version.etag}"`,
      ...checksumMembers(version.checksum),
    }),
  };
}

function partNumberOf(request: S3Request): number {
  const number = Number(request.query.get("partNumber"));
  if (Number.isInteger(number) && number >= 1 && number <= mostParts) return number;
  throw new S3Error("InvalidArgument", {
    message: `Part number must be an integer between 1 and ${mostParts}, inclusive`,
    members: { ArgumentName: "partNumber", ArgumentValue: request.query.get("partNumber") ?? "" },
  });
}

function mismatch(expected: string, actual: string): never {
  throw new S3Error("InvalidRequest", {
    message: `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${actual.toLowerCase()}`,
  });
}

function wholeSeconds(store: Store): number {
  return Math.floor(store.now() / 1000) * 1000;
}
