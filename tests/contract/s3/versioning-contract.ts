// Versions and delete markers, under each state of versioning.
import * as s3 from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { expectRefusal } from "./expect-refusal.ts";
import type { ContractContext } from "./suite.ts";

/** Registers the guarantees about versions. */
export function versioningContract({ client, bucket, guarantee }: ContractContext): void {
  const setStatus = (Bucket: string, Status: "Enabled" | "Suspended") =>
    client().send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  const put = async (Bucket: string, Key: string, Body: string) =>
    (await client().send(new s3.PutObjectCommand({ Bucket, Key, Body }))).VersionId;
  const text = async (Bucket: string, Key: string, VersionId?: string) => {
    const got = await client().send(new s3.GetObjectCommand({ Bucket, Key, ...(VersionId ? { VersionId } : {}) }));
    return got.Body?.transformToString();
  };
  const versions = async (Bucket: string) => client().send(new s3.ListObjectVersionsCommand({ Bucket }));
  const versioned = async () => {
    const Bucket = await bucket();
    await setStatus(Bucket, "Enabled");
    return Bucket;
  };

  guarantee("outside versioning no version id is named and a put replaces", async () => {
    const Bucket = await bucket();
    expect(await put(Bucket, "k", "1")).toBeUndefined();
    expect(await put(Bucket, "k", "2")).toBeUndefined();
    const { Versions } = await versions(Bucket);
    expect(Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([["null", true]]);
  });

  guarantee("under versioning every put is kept and readable by its id", async () => {
    const Bucket = await versioned();
    const ids = [await put(Bucket, "k", "1"), await put(Bucket, "k", "2"), await put(Bucket, "k", "3")];
    expect(new Set(ids).size).toBe(3);
    expect(await text(Bucket, "k")).toBe("3");
    for (const [index, id] of ids.entries()) expect(await text(Bucket, "k", id)).toBe(String(index + 1));
    const { Versions } = await versions(Bucket);
    expect(Versions?.map(({ VersionId }) => VersionId)).toEqual(ids.toReversed());
    expect(Versions?.map(({ IsLatest }) => IsLatest)).toEqual([true, false, false]);
  });

  guarantee("a delete puts a marker on top; deleting the marker brings the object back", async () => {
    const Bucket = await versioned();
    const first = await put(Bucket, "k", "1");
    const marker = await client().send(new s3.DeleteObjectCommand({ Bucket, Key: "k" }));
    expect(marker.DeleteMarker).toBe(true);
    await expectRefusal(client().send(new s3.GetObjectCommand({ Bucket, Key: "k" })), "NoSuchKey", 404);
    expect((await client().send(new s3.ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
    expect(await text(Bucket, "k", first)).toBe("1");
    const { DeleteMarkers } = await versions(Bucket);
    expect(DeleteMarkers?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([[marker.VersionId, true]]);
    await client().send(new s3.DeleteObjectCommand({ Bucket, Key: "k", VersionId: marker.VersionId }));
    expect(await text(Bucket, "k")).toBe("1");
  });

  guarantee("deleting a marker says that it was one", async () => {
    const Bucket = await versioned();
    const { VersionId } = await client().send(new s3.DeleteObjectCommand({ Bucket, Key: "k" }));
    const undone = await client().send(new s3.DeleteObjectCommand({ Bucket, Key: "k", VersionId }));
    expect(undone).toMatchObject({ DeleteMarker: true, VersionId });
  });

  guarantee("a delete marker cannot be read", async () => {
    const Bucket = await versioned();
    await put(Bucket, "k", "1");
    const { VersionId } = await client().send(new s3.DeleteObjectCommand({ Bucket, Key: "k" }));
    await expectRefusal(
      client().send(new s3.GetObjectCommand({ Bucket, Key: "k", VersionId })),
      "MethodNotAllowed",
      405,
    );
  });

  guarantee("deleting the newest version makes the one before it current", async () => {
    const Bucket = await versioned();
    const first = await put(Bucket, "k", "1");
    const VersionId = await put(Bucket, "k", "2");
    await client().send(new s3.DeleteObjectCommand({ Bucket, Key: "k", VersionId }));
    expect(await text(Bucket, "k")).toBe("1");
    const { Versions } = await versions(Bucket);
    expect(Versions?.map((version) => [version.VersionId, version.IsLatest])).toEqual([[first, true]]);
  });

  guarantee("a version that is gone is NoSuchVersion", async () => {
    const Bucket = await versioned();
    const VersionId = await put(Bucket, "k", "1");
    await put(Bucket, "k", "2");
    await client().send(new s3.DeleteObjectCommand({ Bucket, Key: "k", VersionId }));
    await expectRefusal(client().send(new s3.GetObjectCommand({ Bucket, Key: "k", VersionId })), "NoSuchVersion", 404);
    const again = await client().send(new s3.DeleteObjectCommand({ Bucket, Key: "k", VersionId }));
    expect(again.$metadata.httpStatusCode).toBe(204);
  });

  guarantee("an object from before versioning is the version null", async () => {
    const Bucket = await bucket();
    await put(Bucket, "k", "old");
    await setStatus(Bucket, "Enabled");
    await put(Bucket, "k", "new");
    expect(await text(Bucket, "k")).toBe("new");
    expect(await text(Bucket, "k", "null")).toBe("old");
  });

  guarantee("suspended, puts replace only the version null", async () => {
    const Bucket = await versioned();
    const kept = await put(Bucket, "k", "kept");
    await setStatus(Bucket, "Suspended");
    await put(Bucket, "k", "null 1");
    await put(Bucket, "k", "null 2");
    const { Versions } = await versions(Bucket);
    expect(Versions?.map(({ VersionId }) => VersionId)).toEqual(["null", kept]);
    expect(await text(Bucket, "k")).toBe("null 2");
  });

  guarantee("suspended, a delete leaves a marker null in place of the version null", async () => {
    const Bucket = await versioned();
    const kept = await put(Bucket, "k", "kept");
    await setStatus(Bucket, "Suspended");
    await put(Bucket, "k", "null 1");
    const deleted = await client().send(new s3.DeleteObjectCommand({ Bucket, Key: "k" }));
    expect(deleted.DeleteMarker).toBe(true);
    const { Versions, DeleteMarkers } = await versions(Bucket);
    expect(Versions?.map(({ VersionId }) => VersionId)).toEqual([kept]);
    expect(DeleteMarkers?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([["null", true]]);
  });

  guarantee("many versions are deleted in one call", async () => {
    const Bucket = await versioned();
    const VersionId = await put(Bucket, "k", "1");
    const Objects = [{ Key: "k", VersionId }, { Key: "other" }];
    const { Deleted } = await client().send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted?.find(({ Key }) => Key === "k")?.VersionId).toBe(VersionId);
    expect(Deleted?.find(({ Key }) => Key === "other")?.VersionId).toBeUndefined();
    expect((await versions(Bucket)).Versions ?? []).toEqual([]);
  });

  guarantee("markers made by deleting many are named", async () => {
    const Bucket = await versioned();
    const { Deleted } = await client().send(
      new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "other" }] } }),
    );
    const { DeleteMarkers } = await versions(Bucket);
    expect(Deleted).toEqual([
      { Key: "other", DeleteMarker: true, DeleteMarkerVersionId: DeleteMarkers?.[0]?.VersionId },
    ]);
  });

  guarantee("an old version can be copied to the top", async () => {
    const Bucket = await versioned();
    const old = await put(Bucket, "k", "old");
    await put(Bucket, "k", "new");
    const CopySource = `${Bucket}/k?versionId=${old}`;
    const copy = await client().send(new s3.CopyObjectCommand({ Bucket, Key: "k", CopySource }));
    expect(copy.CopySourceVersionId).toBe(old);
    expect(await text(Bucket, "k")).toBe("old");
  });

  guarantee("tags belong to a version", async () => {
    const Bucket = await versioned();
    const VersionId = await put(Bucket, "k", "1");
    await put(Bucket, "k", "2");
    const Tagging = { TagSet: [{ Key: "a", Value: "b" }] };
    await client().send(new s3.PutObjectTaggingCommand({ Bucket, Key: "k", VersionId, Tagging }));
    expect((await client().send(new s3.GetObjectTaggingCommand({ Bucket, Key: "k" }))).TagSet).toEqual([]);
    const old = await client().send(new s3.GetObjectTaggingCommand({ Bucket, Key: "k", VersionId }));
    expect(old.TagSet).toEqual(Tagging.TagSet);
  });

  guarantee("a put on condition that there is none goes through on a delete marker", async () => {
    const Bucket = await versioned();
    await put(Bucket, "k", "1");
    await client().send(new s3.DeleteObjectCommand({ Bucket, Key: "k" }));
    await client().send(new s3.PutObjectCommand({ Bucket, Key: "k", Body: "2", IfNoneMatch: "*" }));
    expect(await text(Bucket, "k")).toBe("2");
  });
}
