// Multipart uploads.
import { createHash } from "node:crypto";
import * as s3 from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { expectRefusal } from "./expect-refusal.ts";
import type { ContractContext } from "./suite.ts";

const large = Buffer.alloc(5 * 1024 * 1024, "a");
const other = Buffer.alloc(5 * 1024 * 1024, "b");
const small = Buffer.from("the end");

/** Registers the guarantees about multipart uploads. */
export function multipartContract({ client, bucket, guarantee }: ContractContext): void {
  const begin = async (Bucket: string, more = {}) => {
    const { UploadId } = await client().send(new s3.CreateMultipartUploadCommand({ Bucket, Key: "k", ...more }));
    return { Bucket, Key: "k", UploadId: UploadId! };
  };
  type Upload = Awaited<ReturnType<typeof begin>>;
  const part = async (upload: Upload, PartNumber: number, Body: Buffer, more = {}) => {
    const answer = await client().send(new s3.UploadPartCommand({ ...upload, PartNumber, Body, ...more }));
    const { ETag, ChecksumCRC32, ChecksumCRC64NVME } = answer;
    return {
      PartNumber,
      ETag,
      ...(ChecksumCRC32 && { ChecksumCRC32 }),
      ...(ChecksumCRC64NVME && { ChecksumCRC64NVME }),
    };
  };
  const complete = (upload: Upload, Parts: s3.CompletedPart[], more = {}) =>
    client().send(new s3.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...more }));
  const md5 = (bytes: Buffer) => createHash("md5").update(bytes).digest();

  guarantee("parts join in order of their numbers, whatever the order they came in", async () => {
    const Bucket = await bucket();
    const upload = await begin(Bucket, { ContentType: "text/plain", Metadata: { a: "b" } });
    const second = await part(upload, 7, small);
    const first = await part(upload, 2, large);
    const { ETag } = await complete(upload, [first, second]);
    expect(ETag).toBe(
      `"${createHash("md5")
        .update(Buffer.concat([md5(large), md5(small)]))
        .digest("hex")}-2"`,
    );
    const got = await client().send(new s3.GetObjectCommand({ Bucket, Key: "k" }));
    expect(got).toMatchObject({ ContentType: "text/plain", Metadata: { a: "b" }, ETag });
    expect(Buffer.concat([large, small]).equals((await got.Body?.transformToByteArray()) ?? new Uint8Array())).toBe(
      true,
    );
    const Range = `bytes=${large.length - 2}-${large.length + 2}`;
    const across = await client().send(new s3.GetObjectCommand({ Bucket, Key: "k", Range }));
    expect(await across.Body?.transformToString()).toBe("aathe");
  });

  guarantee("the object appears only when the upload is completed", async () => {
    const Bucket = await bucket();
    const upload = await begin(Bucket);
    const only = await part(upload, 1, small);
    await expectRefusal(client().send(new s3.HeadObjectCommand({ Bucket, Key: "k" })), "NotFound", 404);
    await complete(upload, [only]);
    await client().send(new s3.HeadObjectCommand({ Bucket, Key: "k" }));
    expect((await client().send(new s3.ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([]);
  });

  guarantee("a part sent again replaces the one of its number", async () => {
    const Bucket = await bucket();
    const upload = await begin(Bucket);
    await part(upload, 1, Buffer.from("first"));
    await complete(upload, [await part(upload, 1, Buffer.from("second"))]);
    const got = await client().send(new s3.GetObjectCommand({ Bucket, Key: "k" }));
    expect(await got.Body?.transformToString()).toBe("second");
  });

  guarantee("parts left out of the completing list are left out of the object", async () => {
    const Bucket = await bucket();
    const upload = await begin(Bucket);
    await part(upload, 1, large);
    await complete(upload, [await part(upload, 2, small)]);
    expect((await client().send(new s3.HeadObjectCommand({ Bucket, Key: "k" }))).ContentLength).toBe(small.length);
  });

  guarantee("a part of less than 5 MiB is refused unless it is the last", async () => {
    const upload = await begin(await bucket());
    const parts = [await part(upload, 1, small), await part(upload, 2, small)];
    await expectRefusal(complete(upload, parts), "EntityTooSmall", 400);
  });

  guarantee("parts out of order, unknown, or of another entity tag are refused", async () => {
    const upload = await begin(await bucket());
    const parts = [await part(upload, 1, large), await part(upload, 2, other)];
    await expectRefusal(complete(upload, parts.toReversed()), "InvalidPartOrder", 400);
    await expectRefusal(complete(upload, [{ PartNumber: 3, ETag: parts[0]!.ETag }]), "InvalidPart", 400);
    await expectRefusal(complete(upload, [{ PartNumber: 1, ETag: parts[1]!.ETag }]), "InvalidPart", 400);
  });

  guarantee("a part number of 0 is refused", async () => {
    const upload = await begin(await bucket());
    await expectRefusal(part(upload, 0, small), "InvalidArgument", 400);
  });

  guarantee("a part number of more than 10,000 is refused", async () => {
    const upload = await begin(await bucket());
    await part(upload, 10_000, small);
    await expectRefusal(part(upload, 10_001, small), "InvalidArgument", 400);
  });

  guarantee("an aborted upload is gone", async () => {
    const Bucket = await bucket();
    const upload = await begin(Bucket);
    const only = await part(upload, 1, small);
    await client().send(new s3.AbortMultipartUploadCommand(upload));
    await expectRefusal(complete(upload, [only]), "NoSuchUpload", 404);
    await expectRefusal(client().send(new s3.ListPartsCommand(upload)), "NoSuchUpload", 404);
    await client().send(new s3.DeleteBucketCommand({ Bucket }));
  });

  guarantee("no part goes to an aborted upload", async () => {
    const upload = await begin(await bucket());
    await client().send(new s3.AbortMultipartUploadCommand(upload));
    await expectRefusal(part(upload, 1, small), "NoSuchUpload", 404);
  });

  guarantee("a completion that is repeated is answered as the first", async () => {
    const upload = await begin(await bucket());
    const parts = [await part(upload, 1, small)];
    const first = await complete(upload, parts);
    expect((await complete(upload, parts)).ETag).toBe(first.ETag);
  });

  guarantee("a completion keeps the conditions of a put", async () => {
    const Bucket = await bucket();
    await client().send(new s3.PutObjectCommand({ Bucket, Key: "k", Body: "there" }));
    const upload = await begin(Bucket);
    const parts = [await part(upload, 1, small)];
    await expectRefusal(complete(upload, parts, { IfNoneMatch: "*" }), "PreconditionFailed", 412);
    await complete(upload, parts);
  });

  guarantee("parts are listed in pages", async () => {
    const upload = await begin(await bucket());
    for (const number of [1, 2, 3]) await part(upload, number, small);
    const first = await client().send(new s3.ListPartsCommand({ ...upload, MaxParts: 2 }));
    expect(first.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 7],
      [2, 7],
    ]);
    expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: "2" });
    const second = await client().send(new s3.ListPartsCommand({ ...upload, PartNumberMarker: "2" }));
    expect(second.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([3]);
    expect(second.IsTruncated).toBe(false);
  });

  guarantee("uploads in flight are listed by key, over pages", async () => {
    const Bucket = await bucket();
    const made: string[] = [];
    for (const Key of ["a", "b", "b", "dir/c"]) {
      const { UploadId } = await client().send(new s3.CreateMultipartUploadCommand({ Bucket, Key }));
      made.push(`${Key} ${UploadId}`);
    }
    const found: string[] = [];
    let marker: { KeyMarker?: string; UploadIdMarker?: string } = {};
    for (let page = 0; page < 10; page += 1) {
      const answer = await client().send(new s3.ListMultipartUploadsCommand({ Bucket, MaxUploads: 1, ...marker }));
      found.push(...(answer.Uploads ?? []).map(({ Key, UploadId }) => `${Key} ${UploadId}`));
      if (!answer.IsTruncated) break;
      marker = { KeyMarker: answer.NextKeyMarker!, UploadIdMarker: answer.NextUploadIdMarker! };
    }
    expect(found.toSorted()).toEqual(made.toSorted());
    const narrowed = await client().send(new s3.ListMultipartUploadsCommand({ Bucket, Prefix: "dir/" }));
    expect(narrowed.Uploads).toHaveLength(1);
  });

  guarantee("parts can be copied, whole or by range", async () => {
    const Bucket = await bucket();
    await client().send(new s3.PutObjectCommand({ Bucket, Key: "source", Body: Buffer.concat([large, small]) }));
    const upload = await begin(Bucket);
    const copy = async (PartNumber: number, CopySourceRange: string) => {
      const { CopyPartResult } = await client().send(
        new s3.UploadPartCopyCommand({ ...upload, PartNumber, CopySource: `${Bucket}/source`, CopySourceRange }),
      );
      return { PartNumber, ETag: CopyPartResult?.ETag };
    };
    const last = large.length + small.length - 1;
    await complete(upload, [
      await copy(1, `bytes=0-${large.length - 1}`),
      await copy(2, `bytes=${large.length}-${last}`),
    ]);
    await client().send(new s3.DeleteObjectCommand({ Bucket, Key: "source" }));
    const Range = `bytes=${large.length - 1}-`;
    const got = await client().send(new s3.GetObjectCommand({ Bucket, Key: "k", Range }));
    expect(await got.Body?.transformToString()).toBe("athe end");
  });

  guarantee("a composite checksum is the checksum of the parts' checksums", async () => {
    const Bucket = await bucket();
    const upload = await begin(Bucket, { ChecksumAlgorithm: "CRC32" });
    const parts = [
      await part(upload, 1, large, { ChecksumAlgorithm: "CRC32" }),
      await part(upload, 2, small, { ChecksumAlgorithm: "CRC32" }),
    ];
    const done = await complete(upload, parts);
    expect(done.ChecksumCRC32).toMatch(/^.{8}-2$/);
    expect(done.ChecksumType).toBe("COMPOSITE");
  });

  guarantee("a whole-object checksum of an upload is that of a put of the same bytes", async () => {
    const Bucket = await bucket();
    const whole = Buffer.concat([large, small]);
    const ChecksumAlgorithm = "CRC64NVME" as const;
    await client().send(new s3.PutObjectCommand({ Bucket, Key: "put", Body: whole, ChecksumAlgorithm }));
    const upload = await begin(Bucket, { ChecksumAlgorithm });
    const parts = [
      await part(upload, 1, large, { ChecksumAlgorithm }),
      await part(upload, 2, small, { ChecksumAlgorithm }),
    ];
    await complete(upload, parts);
    const [put, joined] = await Promise.all(
      ["put", "k"].map((Key) => client().send(new s3.HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }))),
    );
    expect(joined?.ChecksumCRC64NVME).toBe(put?.ChecksumCRC64NVME);
    expect(joined?.ChecksumType).toBe("FULL_OBJECT");
  });

  guarantee("an object can be read part by part", async () => {
    const Bucket = await bucket();
    const upload = await begin(Bucket);
    await complete(upload, [await part(upload, 1, large), await part(upload, 2, small)]);
    const got = await client().send(new s3.GetObjectCommand({ Bucket, Key: "k", PartNumber: 2 }));
    expect(got).toMatchObject({ PartsCount: 2, ContentLength: small.length });
    expect(await got.Body?.transformToString()).toBe("the end");
  });

  guarantee("a copy of a multipart object has the entity tag of its bytes", async () => {
    const Bucket = await bucket();
    const upload = await begin(Bucket);
    await complete(upload, [await part(upload, 1, large), await part(upload, 2, small)]);
    const copy = await client().send(new s3.CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/k` }));
    expect(copy.CopyObjectResult?.ETag).toBe(`"${md5(Buffer.concat([large, small])).toString("hex")}"`);
  });
}
