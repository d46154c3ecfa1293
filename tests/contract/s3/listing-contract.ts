// Listings: order, prefixes, delimiters, pages.
import * as s3 from "@aws-sdk/client-s3";
import { expect } from "vitest";
import type { ContractContext } from "./suite.ts";

// In UTF-8 byte order; UTF-16 order would put the rocket before the last one.
const keys = ["A", "a", "dags/a.py", "dags/b.py", "dags/sub/c.py", "logs/1", "logs/2", "z", "é", "\uffee", "\u{1f680}"];

/** Registers the guarantees about listings. */
export function listingContract({ client, bucket, guarantee }: ContractContext): void {
  const filled = async (names: readonly string[] = keys) => {
    const Bucket = await bucket();
    await Promise.all(
      names.toReversed().map((Key) => client().send(new s3.PutObjectCommand({ Bucket, Key, Body: Key }))),
    );
    return Bucket;
  };
  const names = (page: { Contents?: s3._Object[] | undefined }) => (page.Contents ?? []).map(({ Key }) => Key);
  const prefixes = (page: { CommonPrefixes?: s3.CommonPrefix[] | undefined }) =>
    (page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix);

  guarantee("keys are listed in the order of their UTF-8 bytes, with size and entity tag", async () => {
    const Bucket = await filled();
    const page = await client().send(new s3.ListObjectsV2Command({ Bucket }));
    expect(names(page)).toEqual(keys);
    expect(page).toMatchObject({ KeyCount: keys.length, MaxKeys: 1000, IsTruncated: false, Name: Bucket });
    expect(page.Contents?.[0]).toMatchObject({ Size: 1, StorageClass: "STANDARD" });
    expect(page.Contents?.[0]?.ETag).toMatch(/^"[0-9a-f]{32}"$/);
  });

  guarantee("a delimiter rolls keys up; a prefix narrows", async () => {
    const Bucket = await filled();
    const top = await client().send(new s3.ListObjectsV2Command({ Bucket, Delimiter: "/" }));
    expect(names(top)).toEqual(keys.filter((key) => !key.includes("/")));
    expect(prefixes(top)).toEqual(["dags/", "logs/"]);
    const inner = await client().send(new s3.ListObjectsV2Command({ Bucket, Delimiter: "/", Prefix: "dags/" }));
    expect(names(inner)).toEqual(["dags/a.py", "dags/b.py"]);
    expect(prefixes(inner)).toEqual(["dags/sub/"]);
    expect(names(await client().send(new s3.ListObjectsV2Command({ Bucket, Prefix: "none" })))).toEqual([]);
  });

  guarantee("pages of any size join to the whole listing", async () => {
    const Bucket = await filled();
    for (const Delimiter of ["", "/"]) {
      for (const MaxKeys of [1, 2, 3]) {
        const found: (string | undefined)[] = [];
        let token: string | undefined;
        for (let page = 0; page < 20; page += 1) {
          const answer: s3.ListObjectsV2CommandOutput = await client().send(
            new s3.ListObjectsV2Command({ Bucket, MaxKeys, Delimiter, ...(token ? { ContinuationToken: token } : {}) }),
          );
          expect((answer.Contents?.length ?? 0) + (answer.CommonPrefixes?.length ?? 0)).toBeLessThanOrEqual(MaxKeys);
          found.push(...names(answer), ...prefixes(answer));
          token = answer.NextContinuationToken;
          if (!answer.IsTruncated) break;
        }
        const whole = Delimiter ? [...keys.filter((key) => !key.includes("/")), "dags/", "logs/"] : keys;
        expect(found.toSorted()).toEqual([...whole].toSorted());
      }
    }
  });

  guarantee("a listing begins after start-after", async () => {
    const Bucket = await filled();
    const page = await client().send(new s3.ListObjectsV2Command({ Bucket, StartAfter: "dags/b.py", MaxKeys: 2 }));
    expect(names(page)).toEqual(["dags/sub/c.py", "logs/1"]);
  });

  guarantee("no keys asked for is an empty page that is whole", async () => {
    const Bucket = await filled();
    const page = await client().send(new s3.ListObjectsV2Command({ Bucket, MaxKeys: 0 }));
    expect(page).toMatchObject({ KeyCount: 0, IsTruncated: false });
  });

  guarantee("encoding-type url writes keys URL-encoded", async () => {
    const Bucket = await filled(["a b+c/é&"]);
    const page = await client().send(new s3.ListObjectsV2Command({ Bucket, EncodingType: "url" }));
    expect(page.EncodingType).toBe("url");
    const written = names(page)[0] ?? "";
    expect(decodeURIComponent(written.replaceAll("+", "%20"))).toBe("a b+c/é&");
    expect(written).not.toContain("é");
  });

  guarantee("the first form of listing pages by marker", async () => {
    const Bucket = await filled();
    const first = await client().send(new s3.ListObjectsCommand({ Bucket, MaxKeys: 4, Delimiter: "/" }));
    expect([names(first), prefixes(first)]).toEqual([
      ["A", "a"],
      ["dags/", "logs/"],
    ]);
    expect(first).toMatchObject({ IsTruncated: true, NextMarker: "logs/" });
    const second = await client().send(new s3.ListObjectsCommand({ Bucket, Marker: "logs/", Delimiter: "/" }));
    expect([names(second), prefixes(second)]).toEqual([["z", "é", "\uffee", "\u{1f680}"], []]);
  });

  guarantee("versions are listed by key, the newest first, over pages", async () => {
    const Bucket = await bucket();
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await client().send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    const made: string[] = [];
    for (const Key of ["a", "b/1", "b/2"]) {
      const ids: string[] = [];
      for (const Body of ["1", "2", "3"]) {
        const { VersionId } = await client().send(new s3.PutObjectCommand({ Bucket, Key, Body }));
        ids.unshift(`${Key} ${VersionId}`);
      }
      made.push(...ids);
    }
    const found: string[] = [];
    let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
    for (let page = 0; page < 20; page += 1) {
      const answer = await client().send(new s3.ListObjectVersionsCommand({ Bucket, MaxKeys: 2, ...marker }));
      found.push(...(answer.Versions ?? []).map(({ Key, VersionId }) => `${Key} ${VersionId}`));
      if (!answer.IsTruncated) break;
      marker = { KeyMarker: answer.NextKeyMarker!, VersionIdMarker: answer.NextVersionIdMarker! };
    }
    expect(found).toEqual(made);
    const rolled = await client().send(new s3.ListObjectVersionsCommand({ Bucket, Delimiter: "/" }));
    expect(prefixes(rolled)).toEqual(["b/"]);
    expect(rolled.Versions).toHaveLength(3);
  });

  guarantee("a client may delete the versions of each page before it asks for the next", async () => {
    const Bucket = await bucket();
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await client().send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    for (let count = 0; count < 5; count += 1) {
      await client().send(new s3.PutObjectCommand({ Bucket, Key: "k", Body: String(count) }));
    }
    let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
    for (let page = 0; page < 5; page += 1) {
      const answer = await client().send(new s3.ListObjectVersionsCommand({ Bucket, MaxKeys: 2, ...marker }));
      const Objects = (answer.Versions ?? []).map(({ Key, VersionId }) => ({ Key: Key!, VersionId: VersionId! }));
      await client().send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
      if (!answer.IsTruncated) break;
      marker = { KeyMarker: answer.NextKeyMarker!, VersionIdMarker: answer.NextVersionIdMarker! };
    }
    await client().send(new s3.DeleteBucketCommand({ Bucket }));
  });
}
