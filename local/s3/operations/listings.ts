// ListObjectsV2, ListObjects, ListObjectVersions: the query in, one page of XML out.
import { checksumMembers } from "../checksums.ts";
import { S3Error } from "../errors.ts";
import {
  allVersions,
  commonPrefixOf,
  currentObjects,
  type ListingRequest,
  type ListingStart,
  listPage,
  type Page,
  startAfterPrefix,
} from "../listing.ts";
import { numberInQuery, type S3Request, type S3Response } from "../request.ts";
import type { Store } from "../store.ts";
import { ageOfVersionId, type ObjectVersion } from "../versions.ts";
import { writeXml, type XmlChildren } from "../xml.ts";
import { ownerXml } from "./owner.ts";

const mostKeys = 1000;

/** ListObjectsV2. */
export function listObjectsV2(request: S3Request, store: Store): S3Response {
  const listing = listingOf(request, store);
  const token = request.query.get("continuation-token");
  const startAfter = request.query.get("start-after") ?? "";
  const start = token === null ? (startAfter === "" ? undefined : { after: startAfter }) : startOfToken(token);
  const page = listCurrent(listing, start, store);
  const write = encoderOf(request);
  const withOwner = request.query.get("fetch-owner") === "true";
  return {
    status: 200,
    body: writeXml("ListBucketResult", {
      Name: request.bucket,
      Prefix: write(listing.prefix),
      Delimiter: listing.delimiter === "" ? undefined : write(listing.delimiter),
      StartAfter: startAfter === "" ? undefined : write(startAfter),
      ContinuationToken: token ?? undefined,
      NextContinuationToken: page.next && tokenOf(page.next),
      KeyCount: page.rows.length + page.commonPrefixes.length,
      MaxKeys: listing.limit,
      EncodingType: encodingOf(request),
      IsTruncated: page.next !== undefined,
      Contents: page.rows.map((version) => objectXml(version, write, withOwner ? request.accountId : undefined)),
      CommonPrefixes: prefixesXml(page, write),
    }),
  };
}

/** ListObjects, the first form: its marker is a key. */
export function listObjects(request: S3Request, store: Store): S3Response {
  const listing = listingOf(request, store);
  const marker = request.query.get("marker") ?? "";
  const page = listCurrent(listing, startOfMarker(marker, listing), store);
  const write = encoderOf(request);
  // S3 names the next marker only when a delimiter is given; without one the last key is it.
  const next = listing.delimiter === "" ? undefined : page.next && nameOf(page.next);
  return {
    status: 200,
    body: writeXml("ListBucketResult", {
      Name: request.bucket,
      Prefix: write(listing.prefix),
      Marker: write(marker),
      NextMarker: next && write(next),
      MaxKeys: listing.limit,
      Delimiter: listing.delimiter === "" ? undefined : write(listing.delimiter),
      EncodingType: encodingOf(request),
      IsTruncated: page.next !== undefined,
      Contents: page.rows.map((version) => objectXml(version, write, request.accountId)),
      CommonPrefixes: prefixesXml(page, write),
    }),
  };
}

/** ListObjectVersions: versions and delete markers, by key and then the newest first. */
export function listObjectVersions(request: S3Request, store: Store): S3Response {
  const listing = listingOf(request, store);
  const keyMarker = request.query.get("key-marker") ?? "";
  const versionIdMarker = request.query.get("version-id-marker") ?? "";
  const start =
    versionIdMarker === ""
      ? startOfMarker(keyMarker, listing)
      : { after: keyMarker, id: ageOfMarker(request.bucket, keyMarker, versionIdMarker, store) };
  const page = listPage(listing, start, allVersions(store.database, listing.bucket), ({ key, id }) => ({
    after: key,
    id,
  }));
  const write = encoderOf(request);
  const entry = (version: ObjectVersion): XmlChildren => ({
    ...(version.isDeleteMarker ? { Key: write(version.key) } : objectXml(version, write, undefined)),
    VersionId: version.versionId,
    IsLatest: version.isLatest,
    LastModified: new Date(version.lastModified).toISOString(),
    Owner: ownerXml(request.accountId),
  });
  return {
    status: 200,
    body: writeXml("ListVersionsResult", {
      Name: request.bucket,
      Prefix: write(listing.prefix),
      KeyMarker: write(keyMarker),
      VersionIdMarker: versionIdMarker,
      NextKeyMarker: page.next && write(nameOf(page.next)),
      NextVersionIdMarker: page.next && "row" in page.next ? page.next.row.versionId : undefined,
      MaxKeys: listing.limit,
      Delimiter: listing.delimiter === "" ? undefined : write(listing.delimiter),
      EncodingType: encodingOf(request),
      IsTruncated: page.next !== undefined,
      Version: page.rows.filter((version) => !version.isDeleteMarker).map(entry),
      DeleteMarker: page.rows.filter((version) => version.isDeleteMarker).map(entry),
      CommonPrefixes: prefixesXml(page, write),
    }),
  };
}

/** How keys are written in a reply: as they are, or URL-encoded when the client asked for it. */
export function encoderOf(request: S3Request): (text: string) => string {
  return encodingOf(request) === "url" ? urlEncode : (text) => text;
}

/** @throws S3Error InvalidArgument for an encoding S3 does not know */
export function encodingOf(request: S3Request): string | undefined {
  const encoding = request.query.get("encoding-type") || undefined;
  if (encoding === undefined || encoding === "url") return encoding;
  throw new S3Error("InvalidArgument", {
    message: "Invalid Encoding Method specified in Request",
    members: { ArgumentName: "encoding-type", ArgumentValue: encoding },
  });
}

/** Prefix, delimiter and limit of a listing request. @throws S3Error NoSuchBucket, InvalidArgument */
export function listingOf(request: S3Request, store: Store, limitName = "max-keys"): ListingRequest {
  store.buckets.get(request.bucket);
  return {
    bucket: request.bucket,
    prefix: request.query.get("prefix") ?? "",
    delimiter: request.query.get("delimiter") ?? "",
    limit: Math.min(mostKeys, numberInQuery(request, limitName, mostKeys)),
  };
}

/**
 * Where a page after a key marker begins. A marker that is a common prefix itself stands for all that is rolled up in it.
 */
export function startOfMarker(marker: string, { prefix, delimiter }: ListingRequest): ListingStart | undefined {
  if (marker === "") return undefined;
  const rolledUp = marker.startsWith(prefix) && commonPrefixOf(marker, prefix, delimiter) === marker;
  return (rolledUp ? startAfterPrefix(marker) : undefined) ?? { after: marker };
}

function listCurrent(listing: ListingRequest, start: ListingStart | undefined, store: Store): Page<ObjectVersion> {
  return listPage(listing, start, currentObjects(store.database, listing.bucket), ({ key }) => ({ after: key }));
}

function objectXml(version: ObjectVersion, write: (text: string) => string, owner: string | undefined): XmlChildren {
  const checksum = checksumMembers(version.checksum);
  return {
    Key: write(version.key),
    LastModified: new Date(version.lastModified).toISOString(),
    ETag: `"${version.etag}"`,
    ChecksumAlgorithm: version.checksum?.algorithm,
    ChecksumType: checksum["ChecksumType"],
    Size: version.size,
    Owner: owner === undefined ? undefined : ownerXml(owner),
    StorageClass: version.storageClass,
  };
}

function prefixesXml(page: Page<unknown>, write: (text: string) => string): XmlChildren[] {
  return page.commonPrefixes.map((prefix) => ({ Prefix: write(prefix) }));
}

type Next = NonNullable<Page<ObjectVersion>["next"]>;

function nameOf(next: Next): string {
  return "row" in next ? next.row.key : next.commonPrefix;
}

function tokenOf(next: Next): string {
  const [kind, text] = "row" in next ? ["k", next.row.key] : ["p", next.commonPrefix];
  return Buffer.from(kind + text).toString("base64url");
}

function startOfToken(token: string): ListingStart {
  const text = Buffer.from(token, "base64url").toString("utf8");
  if (text.startsWith("k")) return { after: text.slice(1) };
  const start = text.startsWith("p") ? (startAfterPrefix(text.slice(1)) ?? { after: text.slice(1) }) : undefined;
  if (start) return start;
  throw new S3Error("InvalidArgument", {
    message: "The continuation token provided is incorrect",
    members: { ArgumentName: "continuation-token", ArgumentValue: token },
  });
}

function ageOfMarker(bucket: string, key: string, versionId: string, store: Store): number {
  if (key === "") {
    throw new S3Error("InvalidArgument", {
      message: "A version-id marker cannot be specified without a key marker.",
      members: { ArgumentName: "version-id-marker", ArgumentValue: versionId },
    });
  }
  const age = ageOfVersionId(versionId);
  if (age !== undefined) return age;
  // `null` says nothing of its age. If it is gone, its key is begun anew: a version too many is better than one missed.
  const row = store.database
    .prepare("SELECT id FROM versions WHERE bucket = ? AND key = ? AND version_id = 'null'")
    .get(bucket, key);
  return Number(row?.["id"] ?? Number.MAX_SAFE_INTEGER);
}

// As java.net.URLEncoder writes it with the slash left as it is, which is what S3's clients undo.
function urlEncode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+")
    .replaceAll("%2F", "/");
}
