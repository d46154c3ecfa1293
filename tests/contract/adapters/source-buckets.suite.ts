// What every SourceReader must guarantee: the newest of each key, and any version's bytes.
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { BucketFacts } from "../../../shared/domain/source-objects.ts";
import type { SourceReader } from "../../../shared/ports/source-buckets.ts";

export interface SourceBucketsSubject {
  readonly buckets: SourceReader;
  make(bucket: string, facts?: Partial<BucketFacts>): void | Promise<void>;
  upload(bucket: string, key: string, content: string): string | Promise<string>;
  erase(bucket: string, key: string): void | Promise<void>;
}

export function sourceBucketsContract(subject: () => SourceBucketsSubject): void {
  test("what is known of a bucket: there, versioned, closed to the public", async () => {
    const { buckets, make } = subject();
    expect((await buckets.facts("hangar-no-such-bucket")).exists).toBe(false);
    await make("facts-plain", { versioned: false, publicAccessBlocked: false });
    expect(await buckets.facts("facts-plain")).toEqual({ exists: true, versioned: false, publicAccessBlocked: false });
    await make("facts-ready");
    expect(await buckets.facts("facts-ready")).toEqual({ exists: true, versioned: true, publicAccessBlocked: true });
  });

  test("a listing holds the newest version of each key in order, without erased ones and folder placeholders", async () => {
    const { buckets, make, upload, erase } = subject();
    await make("source");
    await upload("source", "dags/b.py", "old");
    const newest = await upload("source", "dags/b.py", "newer");
    const first = await upload("source", "dags/Ä und a.py", "ä");
    const nested = await upload("source", "dags/a/deep+er.py", "");
    await upload("source", "dags/folder/", "");
    await upload("source", "dags/gone.py", "x");
    await erase("source", "dags/gone.py");
    await upload("source", "dags2/other.py", "x");
    expect(await buckets.list("source", "dags/")).toMatchObject([
      { key: "dags/a/deep+er.py", versionId: nested, size: 0 },
      { key: "dags/b.py", versionId: newest, size: 5 },
      { key: "dags/Ä und a.py", versionId: first, size: 2 },
    ]);
    expect(await buckets.list("source", "nothing/")).toEqual([]);
  });

  test("an object is found by its newest or a named version, and one that is gone is not", async () => {
    const { buckets, make, upload, erase } = subject();
    await make("found");
    const old = await upload("found", "files/plugins ä.zip", "old");
    const newest = await upload("found", "files/plugins ä.zip", "newer");
    const key = "files/plugins ä.zip";
    expect(await buckets.find("found", key, null)).toEqual({ key, versionId: newest, size: 5 });
    expect(await buckets.find("found", key, old)).toEqual({ key, versionId: old, size: 3 });
    expect(await buckets.digest("found", key, old)).toBe(createHash("sha256").update("old").digest("hex"));
    await erase("found", key);
    expect(await buckets.find("found", key, null)).toBeUndefined();
    expect(await buckets.find("found", key, old)).toMatchObject({ versionId: old });
    for (const [bucket, name, version] of [
      ["found", "never.zip", null],
      ["found", key, "no-version"],
      ["hangar-no-such-bucket", key, null],
    ] as const)
      expect(await buckets.find(bucket, name, version)).toBeUndefined();
  });

  test("the bytes of a version stay readable after it was overwritten and erased", async () => {
    const { buckets, make, upload, erase } = subject();
    await make("bytes");
    const old = await upload("bytes", "dag.py", "old");
    await upload("bytes", "dag.py", "new");
    await erase("bytes", "dag.py");
    expect(new TextDecoder().decode(await buckets.read("bytes", "dag.py", old))).toBe("old");
    await expect(buckets.read("bytes", "never.py", old)).rejects.toThrow();
    const chunks: Uint8Array[] = [];
    for await (const chunk of await buckets.stream("bytes", "dag.py", old)) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe("old");
    await expect(buckets.stream("bytes", "never.py", old)).rejects.toThrow();
  });
}
