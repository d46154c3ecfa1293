// Proof of content: Content-MD5 and the flexible checksums, in headers and in trailers.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import * as s3 from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { expectRefusal } from "./expect-refusal.ts";
import type { ContractContext } from "./suite.ts";

// Of the nine bytes "123456789".
const known = {
  CRC32: "y/Q5Jg==",
  CRC32C: "4waSgw==",
  CRC64NVME: "rosUhgp5mIg=",
  SHA1: createHash("sha1").update("123456789").digest("base64"),
  SHA256: createHash("sha256").update("123456789").digest("base64"),
} as const;

/** Registers the guarantees about checksums. */
export function checksumContract({ client, bucket, guarantee }: ContractContext): void {
  const Body = "123456789";

  for (const [algorithm, value] of Object.entries(known)) {
    const member = `Checksum${algorithm}`;
    guarantee(`a ${algorithm} that is right is kept and given back`, async () => {
      const Bucket = await bucket();
      const ChecksumAlgorithm = algorithm as s3.ChecksumAlgorithm;
      await client().send(new s3.PutObjectCommand({ Bucket, Key: "k", Body, ChecksumAlgorithm }));
      const head = await client().send(new s3.HeadObjectCommand({ Bucket, Key: "k", ChecksumMode: "ENABLED" }));
      expect(head).toMatchObject({ [member]: value });
      const got = await client().send(new s3.GetObjectCommand({ Bucket, Key: "k", ChecksumMode: "ENABLED" }));
      expect(await got.Body?.transformToString()).toBe(Body);
    });
    guarantee(`a ${algorithm} that is wrong is refused`, async () => {
      const Bucket = await bucket();
      const call = client().send(new s3.PutObjectCommand({ Bucket, Key: "k", Body: "987654321", [member]: value }));
      await expectRefusal(call, "BadDigest", 400);
      await expectRefusal(client().send(new s3.HeadObjectCommand({ Bucket, Key: "k" })), "NotFound", 404);
    });
  }

  guarantee("the answer to a put names the checksum that is kept", async () => {
    const Bucket = await bucket();
    const put = await client().send(new s3.PutObjectCommand({ Bucket, Key: "k", Body, ChecksumAlgorithm: "SHA256" }));
    expect(put).toMatchObject({ ChecksumSHA256: known.SHA256, ChecksumType: "FULL_OBJECT" });
    const head = await client().send(new s3.HeadObjectCommand({ Bucket, Key: "k", ChecksumMode: "ENABLED" }));
    expect(head.ChecksumType).toBe("FULL_OBJECT");
  });

  guarantee("the client's own default checksum is CRC32 and comes back only when asked for", async () => {
    const Bucket = await bucket();
    await client().send(new s3.PutObjectCommand({ Bucket, Key: "k", Body }));
    const asked = await client().send(new s3.HeadObjectCommand({ Bucket, Key: "k", ChecksumMode: "ENABLED" }));
    expect(asked.ChecksumCRC32).toBe(known.CRC32);
    expect((await client().send(new s3.HeadObjectCommand({ Bucket, Key: "k" }))).ChecksumCRC32).toBeUndefined();
  });

  guarantee("a range never carries the checksum of the whole", async () => {
    const Bucket = await bucket();
    await client().send(new s3.PutObjectCommand({ Bucket, Key: "k", Body }));
    const Range = "bytes=0-2";
    const got = await client().send(new s3.GetObjectCommand({ Bucket, Key: "k", Range, ChecksumMode: "ENABLED" }));
    expect(got.ChecksumCRC32).toBeUndefined();
    expect(await got.Body?.transformToString()).toBe("123");
  });

  guarantee("a stream with its checksum in the trailer is decoded and kept", async () => {
    const Bucket = await bucket();
    const chunks = Array.from({ length: 40 }, (_, index) => Buffer.alloc(10_000, index));
    await client().send(
      new s3.PutObjectCommand({
        Bucket,
        Key: "stream",
        Body: Readable.from(chunks),
        ContentLength: 400_000,
        ContentEncoding: "gzip",
        ChecksumAlgorithm: "SHA256",
      }),
    );
    const got = await client().send(new s3.GetObjectCommand({ Bucket, Key: "stream", ChecksumMode: "ENABLED" }));
    expect(got).toMatchObject({
      ContentEncoding: "gzip",
      ContentLength: 400_000,
      ChecksumSHA256: createHash("sha256").update(Buffer.concat(chunks)).digest("base64"),
    });
    expect(Buffer.concat(chunks).equals((await got.Body?.transformToByteArray()) ?? new Uint8Array())).toBe(true);
  });

  guarantee("a Content-MD5 that is wrong is refused", async () => {
    const Bucket = await bucket();
    const put = (ContentMD5: string) => client().send(new s3.PutObjectCommand({ Bucket, Key: "k", Body, ContentMD5 }));
    await put(createHash("md5").update(Body).digest("base64"));
    await expectRefusal(put(createHash("md5").update("other").digest("base64")), "BadDigest", 400);
  });

  guarantee("a Content-MD5 that is no MD5 is refused", async () => {
    const Bucket = await bucket();
    const call = client().send(new s3.PutObjectCommand({ Bucket, Key: "k", Body, ContentMD5: "bm8=" }));
    await expectRefusal(call, "InvalidDigest", 400);
  });
}
