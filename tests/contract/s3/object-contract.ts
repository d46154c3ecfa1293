// Objects: put, get, head, delete, copy, ranges, conditions, metadata, tags, odd keys.
import { createHash } from "node:crypto";
import * as s3 from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { expectRefusal } from "./expect-refusal.ts";
import type { ContractContext } from "./suite.ts";

const oddKeys = [
  "ünïcode/日本/\u{1f680}.py",
  "a/../b",
  "../up",
  "..",
  "both",
  "both/",
  "both/inner",
  "trailing/",
  "//double//slash",
  "spaces and + plus",
  "percent%20sign %2F",
  "quotes\"'&<>",
  "question?mark=1#hash",
  "tilde~star*paren()!",
  `segment-${"x".repeat(250)}/file`,
  "k".repeat(1024),
];

/** Registers the guarantees about objects. */
export function objectContract(context: ContractContext): void {
  const { client, bucket, guarantee } = context;
  const put = (Bucket: string, Key: string, Body: string | Uint8Array, more = {}) =>
    client().send(new s3.PutObjectCommand({ Bucket, Key, Body, ...more }));
  const text = async (Bucket: string, Key: string, more = {}) =>
    (await client().send(new s3.GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString();

  guarantee("an object comes back as it was put, with its headers and metadata", async () => {
    const Bucket = await bucket();
    const described = {
      ContentType: "text/x-python",
      CacheControl: "no-store",
      ContentDisposition: 'attachment; filename="d.py"',
      ContentEncoding: "identity",
      ContentLanguage: "en",
      Metadata: { owner: "data-team", empty: "" },
    };
    const { ETag } = await put(Bucket, "dags/d.py", "print(1)", described);
    expect(ETag).toBe(`"${createHash("md5").update("print(1)").digest("hex")}"`);
    const head = await client().send(new s3.HeadObjectCommand({ Bucket, Key: "dags/d.py" }));
    expect(head).toMatchObject({ ...described, ETag, ContentLength: 8, AcceptRanges: "bytes" });
    expect(head.LastModified).toBeInstanceOf(Date);
    const got = await client().send(new s3.GetObjectCommand({ Bucket, Key: "dags/d.py" }));
    expect(got).toMatchObject({ ...described, ETag, ContentLength: 8 });
    expect(await got.Body?.transformToString()).toBe("print(1)");
  });

  guarantee("content without a type is binary/octet-stream", async () => {
    const Bucket = await bucket();
    await put(Bucket, "k", new Uint8Array([1, 2, 3]), { ContentType: "" });
    const head = await client().send(new s3.HeadObjectCommand({ Bucket, Key: "k" }));
    expect(head.ContentType).toMatch(/octet-stream$/);
  });

  guarantee("an empty object is an object", async () => {
    const Bucket = await bucket();
    await put(Bucket, "empty", "");
    expect(await text(Bucket, "empty")).toBe("");
    expect((await client().send(new s3.HeadObjectCommand({ Bucket, Key: "empty" }))).ContentLength).toBe(0);
  });

  guarantee("a large streamed object comes back byte for byte", async () => {
    const Bucket = await bucket();
    const bytes = new Uint8Array(3 * 1024 * 1024 + 17).map((_, index) => (index * 31) & 255);
    await put(Bucket, "large", bytes);
    const got = await client().send(new s3.GetObjectCommand({ Bucket, Key: "large" }));
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
  });

  guarantee("a missing object is NoSuchKey to GET and a bare 404 to HEAD", async () => {
    const Bucket = await bucket();
    await expectRefusal(client().send(new s3.GetObjectCommand({ Bucket, Key: "none" })), "NoSuchKey", 404);
    await expectRefusal(client().send(new s3.HeadObjectCommand({ Bucket, Key: "none" })), "NotFound", 404);
  });

  for (const Key of oddKeys) {
    guarantee(`the key ${Key.slice(0, 40)} is kept apart from all others`, async () => {
      const Bucket = await bucket();
      await put(Bucket, Key, Key);
      expect(await text(Bucket, Key)).toBe(Key);
      const listed = await client().send(new s3.ListObjectsV2Command({ Bucket }));
      expect(listed.Contents?.map((object) => object.Key)).toEqual([Key]);
      await client().send(new s3.DeleteObjectCommand({ Bucket, Key }));
      expect((await client().send(new s3.ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
    });
  }

  guarantee("a key of more than 1,024 bytes is refused", async () => {
    const Bucket = await bucket();
    await expectRefusal(put(Bucket, "é".repeat(513), "1"), "KeyTooLongError", 400);
  });

  guarantee("metadata of more than 2 KB is refused", async () => {
    const Bucket = await bucket();
    await expectRefusal(put(Bucket, "k", "1", { Metadata: { large: "x".repeat(2048) } }), "MetadataTooLarge", 400);
  });

  guarantee("ranges give the bytes asked for", async () => {
    const Bucket = await bucket();
    await put(Bucket, "k", "0123456789");
    for (const [Range, body, ContentRange] of [
      ["bytes=0-3", "0123", "bytes 0-3/10"],
      ["bytes=7-", "789", "bytes 7-9/10"],
      ["bytes=-2", "89", "bytes 8-9/10"],
      ["bytes=8-100", "89", "bytes 8-9/10"],
    ] as const) {
      const got = await client().send(new s3.GetObjectCommand({ Bucket, Key: "k", Range }));
      expect({ body: await got.Body?.transformToString(), ContentRange: got.ContentRange }).toEqual({
        body,
        ContentRange,
      });
      expect(got.$metadata.httpStatusCode).toBe(206);
    }
    await expectRefusal(
      client().send(new s3.GetObjectCommand({ Bucket, Key: "k", Range: "bytes=10-" })),
      "InvalidRange",
      416,
    );
  });

  guarantee("conditional reads answer 304 and 412", async () => {
    const Bucket = await bucket();
    const { ETag } = await put(Bucket, "k", "1");
    const get = (more: object) => client().send(new s3.GetObjectCommand({ Bucket, Key: "k", ...more }));
    await expect(get({ IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    await expect(get({ IfModifiedSince: new Date(Date.now() + 3_600_000) })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    await expectRefusal(get({ IfMatch: '"00000000000000000000000000000000"' }), "PreconditionFailed", 412);
    await expectRefusal(get({ IfUnmodifiedSince: new Date(0) }), "PreconditionFailed", 412);
    expect((await get({ IfMatch: ETag, IfNoneMatch: '"other"' })).ETag).toBe(ETag);
  });

  guarantee("a put on condition that there is none loses when there is one", async () => {
    const Bucket = await bucket();
    await put(Bucket, "k", "first", { IfNoneMatch: "*" });
    await expectRefusal(put(Bucket, "k", "second", { IfNoneMatch: "*" }), "PreconditionFailed", 412);
    expect(await text(Bucket, "k")).toBe("first");
  });

  guarantee("of many puts on one entity tag exactly one wins", async () => {
    const Bucket = await bucket();
    const { ETag } = await put(Bucket, "k", "0");
    const tries = Array.from({ length: 8 }, (_, index) => put(Bucket, "k", `try ${index}`, { IfMatch: ETag }));
    const results = await Promise.allSettled(tries);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  guarantee("a put on an entity tag is refused when there is another or no object", async () => {
    const Bucket = await bucket();
    const { ETag } = await put(Bucket, "k", "0");
    await put(Bucket, "k", "1", { IfMatch: ETag });
    await expectRefusal(put(Bucket, "k", "2", { IfMatch: ETag }), "PreconditionFailed", 412);
    await expectRefusal(put(Bucket, "none", "2", { IfMatch: ETag }), "NoSuchKey", 404);
  });

  guarantee("the response headers of a GET can be overridden", async () => {
    const Bucket = await bucket();
    await put(Bucket, "k", "1", { ContentType: "text/plain" });
    const got = await client().send(
      new s3.GetObjectCommand({
        Bucket,
        Key: "k",
        ResponseContentType: "application/json",
        ResponseContentDisposition: "attachment",
        ResponseCacheControl: "max-age=5",
      }),
    );
    expect(got).toMatchObject({
      ContentType: "application/json",
      ContentDisposition: "attachment",
      CacheControl: "max-age=5",
    });
  });

  guarantee("deleting succeeds whether or not the object is there", async () => {
    const Bucket = await bucket();
    await put(Bucket, "k", "1");
    for (let time = 0; time < 2; time += 1) {
      const { $metadata } = await client().send(new s3.DeleteObjectCommand({ Bucket, Key: "k" }));
      expect($metadata.httpStatusCode).toBe(204);
    }
    await expectRefusal(client().send(new s3.GetObjectCommand({ Bucket, Key: "k" })), "NoSuchKey", 404);
  });

  guarantee("many objects are deleted in one call, each answered for itself", async () => {
    const Bucket = await bucket();
    const keys = ["a", "b & <c>", "ü"];
    for (const key of keys) await put(Bucket, key, "1");
    const Delete = { Objects: [...keys, "absent"].map((Key) => ({ Key })) };
    const { Deleted, Errors } = await client().send(new s3.DeleteObjectsCommand({ Bucket, Delete }));
    expect(Deleted?.map(({ Key }) => Key).sort()).toEqual([...keys, "absent"].sort());
    expect(Errors ?? []).toEqual([]);
    expect((await client().send(new s3.ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
  });

  guarantee("deleting many quietly names only what went wrong", async () => {
    const Bucket = await bucket();
    await put(Bucket, "quiet", "1");
    const quiet = { Objects: [{ Key: "quiet" }], Quiet: true };
    expect((await client().send(new s3.DeleteObjectsCommand({ Bucket, Delete: quiet }))).Deleted ?? []).toEqual([]);
    expect((await client().send(new s3.ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
  });

  guarantee("a copy has the content and the metadata of its source", async () => {
    const [from, to] = [await bucket(), await bucket()];
    const Key = "dir with space/ü+.py";
    const { ETag } = await put(from, Key, "copied", { Metadata: { a: "1" }, ContentType: "text/plain" });
    const CopySource = `${from}/${encodeURIComponent(Key)}`;
    const copy = await client().send(new s3.CopyObjectCommand({ Bucket: to, Key: "copy", CopySource }));
    expect(copy.CopyObjectResult?.ETag).toBe(ETag);
    const got = await client().send(new s3.GetObjectCommand({ Bucket: to, Key: "copy" }));
    expect(got).toMatchObject({ Metadata: { a: "1" }, ContentType: "text/plain" });
    await client().send(new s3.DeleteObjectCommand({ Bucket: from, Key }));
    expect(await text(to, "copy")).toBe("copied");
  });

  guarantee("a copy onto itself must change something, and then replaces the metadata", async () => {
    const Bucket = await bucket();
    await put(Bucket, "k", "1", { Metadata: { old: "1" } });
    const onto = { Bucket, Key: "k", CopySource: `${Bucket}/k` };
    await expectRefusal(client().send(new s3.CopyObjectCommand(onto)), "InvalidRequest", 400);
    const replace = { MetadataDirective: "REPLACE", Metadata: { young: "2" } } as const;
    await client().send(new s3.CopyObjectCommand({ ...onto, ...replace }));
    const head = await client().send(new s3.HeadObjectCommand({ Bucket, Key: "k" }));
    expect(head.Metadata).toEqual({ young: "2" });
    expect(await text(Bucket, "k")).toBe("1");
  });

  guarantee("a copy of nothing is refused", async () => {
    const Bucket = await bucket();
    await put(Bucket, "k", "1");
    const copy = (more: object) =>
      client().send(new s3.CopyObjectCommand({ Bucket, Key: "c", CopySource: `${Bucket}/k`, ...more }));
    await expectRefusal(copy({ CopySource: `${Bucket}/none` }), "NoSuchKey", 404);
  });

  guarantee("a copy whose condition on the source fails is refused", async () => {
    const Bucket = await bucket();
    await put(Bucket, "k", "1");
    const copy = (more: object) =>
      client().send(new s3.CopyObjectCommand({ Bucket, Key: "c", CopySource: `${Bucket}/k`, ...more }));
    await expectRefusal(copy({ CopySourceIfMatch: '"other"' }), "PreconditionFailed", 412);
  });

  guarantee("object tags are kept, counted, replaced and removed", async () => {
    const Bucket = await bucket();
    await put(Bucket, "k", "1", { Tagging: "team=data&stage=one%20two" });
    const tags = async () => (await client().send(new s3.GetObjectTaggingCommand({ Bucket, Key: "k" }))).TagSet;
    expect(await tags()).toEqual([
      { Key: "team", Value: "data" },
      { Key: "stage", Value: "one two" },
    ]);
    expect((await client().send(new s3.GetObjectCommand({ Bucket, Key: "k" }))).TagCount).toBe(2);
    const Tagging = { TagSet: [{ Key: "a", Value: "b" }] };
    await client().send(new s3.PutObjectTaggingCommand({ Bucket, Key: "k", Tagging }));
    expect(await tags()).toEqual(Tagging.TagSet);
    await client().send(new s3.DeleteObjectTaggingCommand({ Bucket, Key: "k" }));
    expect(await tags()).toEqual([]);
  });

  guarantee("more than ten object tags are refused", async () => {
    const Bucket = await bucket();
    await put(Bucket, "k", "1");
    const TagSet = Array.from({ length: 11 }, (_, index) => ({ Key: `k${index}`, Value: "v" }));
    await expectRefusal(
      client().send(new s3.PutObjectTaggingCommand({ Bucket, Key: "k", Tagging: { TagSet } })),
      "BadRequest",
      400,
    );
  });
}
