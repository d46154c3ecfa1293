// GetObjectTagging, PutObjectTagging, DeleteObjectTagging.
import { versionHeaders } from "../object-headers.ts";
import { receiveText } from "../receive-body.ts";
import type { S3Request, S3Response } from "../request.ts";
import type { Store } from "../store.ts";
import { tagsInDocument, tagsXml } from "../tags.ts";
import type { Tag } from "../versions.ts";
import { writeXml } from "../xml.ts";
import { findVersion } from "./read-object.ts";

/** GetObjectTagging: an empty set when there are none. */
export function getObjectTagging(request: S3Request, store: Store): S3Response {
  const bucket = store.buckets.get(request.bucket);
  const version = findVersion(request, store);
  return {
    status: 200,
    headers: versionHeaders(version, bucket.versioning !== ""),
    body: writeXml("Tagging", tagsXml(version.tags)),
  };
}

/** PutObjectTagging: replaces the set. */
export async function putObjectTagging(request: S3Request, store: Store): Promise<S3Response> {
  store.buckets.get(request.bucket);
  return setTags(tagsInDocument(await receiveText(request), "object"), 200, request, store);
}

/** DeleteObjectTagging. */
export function deleteObjectTagging(request: S3Request, store: Store): Promise<S3Response> {
  return setTags([], 204, request, store);
}

function setTags(tags: readonly Tag[], status: number, request: S3Request, store: Store): Promise<S3Response> {
  return store.commit(() => {
    const bucket = store.buckets.get(request.bucket);
    const version = findVersion(request, store);
    store.versions.setTags(version, tags);
    return { status, headers: versionHeaders(version, bucket.versioning !== "") };
  });
}
