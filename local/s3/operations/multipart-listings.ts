// ListParts and ListMultipartUploads.
import { checksumElement } from "../checksums.ts";
import { listPage } from "../listing.ts";
import { numberInQuery, type S3Request, type S3Response } from "../request.ts";
import type { Store } from "../store.ts";
import { writeXml } from "../xml.ts";
import { encoderOf, encodingOf, listingOf, startOfMarker } from "./listings.ts";
import { uploadOf } from "./multipart.ts";
import { ownerXml } from "./owner.ts";

const mostParts = 1000;

/** ListParts. */
export function listParts(request: S3Request, store: Store): S3Response {
  const upload = uploadOf(request, store);
  const marker = numberInQuery(request, "part-number-marker", 0);
  const limit = Math.min(mostParts, numberInQuery(request, "max-parts", mostParts));
  const found = store.uploads.parts(upload, marker, limit + 1);
  const parts = found.slice(0, limit);
  const owner = ownerXml(request.accountId);
  return {
    status: 200,
    body: writeXml("ListPartsResult", {
      Bucket: upload.bucket,
      Key: encoderOf(request)(upload.key),
      UploadId: upload.uploadId,
      Initiator: owner,
      Owner: owner,
      StorageClass: upload.storageClass,
      PartNumberMarker: marker,
      NextPartNumberMarker: parts.at(-1)?.number ?? 0,
      MaxParts: limit,
      EncodingType: encodingOf(request),
      IsTruncated: found.length > limit && limit > 0,
      ChecksumAlgorithm: upload.checksum?.algorithm,
      ChecksumType: upload.checksum?.type,
      Part: parts.map((part) => ({
        PartNumber: part.number,
        LastModified: new Date(part.lastModified).toISOString(),
        ETag: `"${part.etag}"`,
        Size: part.size,
        ...(part.checksum && { [checksumElement(part.checksum.algorithm)]: part.checksum.value }),
      })),
    }),
  };
}

/** ListMultipartUploads: the uploads in flight of a bucket. */
export function listMultipartUploads(request: S3Request, store: Store): S3Response {
  const listing = listingOf(request, store, "max-uploads");
  const keyMarker = request.query.get("key-marker") ?? "";
  // Without a key marker S3 ignores this one.
  const uploadIdMarker = keyMarker === "" ? "" : (request.query.get("upload-id-marker") ?? "");
  const start = uploadIdMarker === "" ? startOfMarker(keyMarker, listing) : { after: keyMarker, id: uploadIdMarker };
  const page = listPage(listing, start, store.uploads.reader(listing.bucket), ({ key, uploadId }) => ({
    after: key,
    id: uploadId,
  }));
  const write = encoderOf(request);
  const owner = ownerXml(request.accountId);
  const next = page.next && ("row" in page.next ? page.next.row.key : page.next.commonPrefix);
  return {
    status: 200,
    body: writeXml("ListMultipartUploadsResult", {
      Bucket: listing.bucket,
      KeyMarker: write(keyMarker),
      UploadIdMarker: uploadIdMarker,
      NextKeyMarker: next === undefined ? undefined : write(next),
      NextUploadIdMarker: page.next && "row" in page.next ? page.next.row.uploadId : undefined,
      Prefix: write(listing.prefix),
      Delimiter: listing.delimiter === "" ? undefined : write(listing.delimiter),
      EncodingType: encodingOf(request),
      MaxUploads: listing.limit,
      IsTruncated: page.next !== undefined,
      Upload: page.rows.map((upload) => ({
        Key: write(upload.key),
        UploadId: upload.uploadId,
        Initiator: owner,
        Owner: owner,
        StorageClass: upload.storageClass,
        Initiated: new Date(upload.initiated).toISOString(),
        ChecksumAlgorithm: upload.checksum?.algorithm,
        ChecksumType: upload.checksum?.type,
      })),
      CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: write(prefix) })),
    }),
  };
}
