// DeleteObject and DeleteObjects: a marker, one version, or for good; each with its event.
import { requireDelete } from "../conditions.ts";
import { S3Error } from "../errors.ts";
import { receiveText } from "../receive-body.ts";
import type { S3Request, S3Response } from "../request.ts";
import type { Store } from "../store.ts";
import type { Deletion } from "../versions.ts";
import { childrenOf, readXml, textOf, writeXml, type XmlChildren } from "../xml.ts";

interface Target {
  readonly key: string;
  readonly versionId: string | undefined;
  /** Delete only if the object has this entity tag. */
  readonly etag: string | undefined;
}

const mostKeys = 1000;

/** DeleteObject. Deleting what is not there succeeds, as in S3. */
export async function deleteObject(request: S3Request, store: Store): Promise<S3Response> {
  const target = {
    key: request.key,
    versionId: request.query.get("versionId") || undefined,
    etag: request.headers["if-match"],
  };
  const { deletion, versioned } = await store.commit(() => ({
    versioned: store.buckets.get(request.bucket).versioning !== "",
    deletion: deleteTarget(target, request, store),
  }));
  store.contents.collect();
  const version = deletion.marker ?? deletion.removed;
  const versionId = target.versionId ?? (versioned ? version?.versionId : undefined);
  return {
    status: 204,
    headers: {
      ...(version?.isDeleteMarker ? { "x-amz-delete-marker": "true" } : {}),
      ...(versionId ? { "x-amz-version-id": versionId } : {}),
    },
  };
}

/** DeleteObjects: up to 1,000 keys, each answered for itself. */
export async function deleteObjects(request: S3Request, store: Store): Promise<S3Response> {
  store.buckets.get(request.bucket);
  const { targets, quiet } = readTargets(await receiveText(request));
  const deleted: XmlChildren[] = [];
  const errors: XmlChildren[] = [];
  await store.commit(() => {
    store.buckets.get(request.bucket);
    for (const target of targets) {
      try {
        deleted.push(deletedXml(target, deleteTarget(target, request, store)));
      } catch (error) {
        if (!(error instanceof S3Error)) throw error;
        errors.push({ Key: target.key, VersionId: target.versionId, Code: error.code, Message: error.message });
      }
    }
  });
  store.contents.collect();
  return { status: 200, body: writeXml("DeleteResult", { Deleted: quiet ? [] : deleted, Error: errors }) };
}

function deleteTarget(target: Target, request: S3Request, store: Store): Deletion {
  const bucket = store.buckets.get(request.bucket);
  if (target.etag !== undefined) requireDelete(target.etag, store.versions.current(bucket.name, target.key));
  const deletion =
    target.versionId === undefined
      ? store.versions.remove(bucket, target.key)
      : store.versions.removeVersion(bucket.name, target.key, target.versionId);
  store.outbox.deleted(deletion, request);
  return deletion;
}

function deletedXml(target: Target, deletion: Deletion): XmlChildren {
  const marker = deletion.marker ?? (deletion.removed?.isDeleteMarker ? deletion.removed : undefined);
  return {
    Key: target.key,
    VersionId: target.versionId,
    DeleteMarker: marker ? true : undefined,
    DeleteMarkerVersionId: marker?.versionId,
  };
}

function readTargets(text: string): { targets: Target[]; quiet: boolean } {
  const document = readXml(text, "Delete", ["Object"]);
  const targets = childrenOf(document, "Object").map((object) => {
    const key = textOf(object, "Key");
    if (!key) throw new S3Error("MalformedXML");
    return { key, versionId: textOf(object, "VersionId") || undefined, etag: textOf(object, "ETag") };
  });
  if (targets.length === 0 || targets.length > mostKeys) throw new S3Error("MalformedXML");
  return { targets, quiet: textOf(document, "Quiet") === "true" };
}
