// Buckets and their settings.
import * as s3 from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { expectRefusal } from "./expect-refusal.ts";
import type { ContractContext } from "./suite.ts";

/** Registers the guarantees about buckets. */
export function bucketContract({ client, bucket, guarantee }: ContractContext): void {
  guarantee("a bucket that was created is found, listed and located", async () => {
    const Bucket = await bucket();
    await client().send(new s3.HeadBucketCommand({ Bucket }));
    const listed = await client().send(new s3.ListBucketsCommand({}));
    expect(listed.Buckets?.map(({ Name }) => Name)).toContain(Bucket);
    expect((await client().send(new s3.GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBeUndefined();
  });

  guarantee("in us-east-1 creating one's own bucket again succeeds and keeps its objects", async () => {
    const Bucket = await bucket();
    await client().send(new s3.PutObjectCommand({ Bucket, Key: "kept", Body: "1" }));
    await client().send(new s3.CreateBucketCommand({ Bucket }));
    await client().send(new s3.HeadObjectCommand({ Bucket, Key: "kept" }));
  });

  guarantee("a bucket that does not exist is refused by every kind of call", async () => {
    const Bucket = `no-such-bucket-${Date.now()}`;
    await expectRefusal(client().send(new s3.HeadBucketCommand({ Bucket })), "NotFound", 404);
    await expectRefusal(client().send(new s3.ListObjectsV2Command({ Bucket })), "NoSuchBucket", 404);
    await expectRefusal(client().send(new s3.GetObjectCommand({ Bucket, Key: "k" })), "NoSuchBucket", 404);
    await expectRefusal(client().send(new s3.PutObjectCommand({ Bucket, Key: "k", Body: "1" })), "NoSuchBucket", 404);
    await expectRefusal(client().send(new s3.GetBucketVersioningCommand({ Bucket })), "NoSuchBucket", 404);
    await expectRefusal(client().send(new s3.DeleteBucketCommand({ Bucket })), "NoSuchBucket", 404);
  });

  for (const Bucket of ["UPPER-case", "under_score", "ab", "-dash-first", "dot..dot", "10.0.0.1"]) {
    guarantee(`the bucket name ${Bucket} is refused`, async () => {
      await expectRefusal(client().send(new s3.CreateBucketCommand({ Bucket })), "InvalidBucketName", 400);
    });
  }

  guarantee("a bucket of another region is refused", async () => {
    const call = client().send(
      new s3.CreateBucketCommand({
        Bucket: "elsewhere-bucket",
        CreateBucketConfiguration: { LocationConstraint: "eu-nowhere-9" as "eu-west-1" },
      }),
    );
    await expect(call).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  });

  guarantee("a bucket is deleted only when it is empty, of old versions too", async () => {
    const Bucket = await bucket();
    await client().send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
    const { VersionId } = await client().send(new s3.PutObjectCommand({ Bucket, Key: "k", Body: "1" }));
    const marker = await client().send(new s3.DeleteObjectCommand({ Bucket, Key: "k" }));
    await expectRefusal(client().send(new s3.DeleteBucketCommand({ Bucket })), "BucketNotEmpty", 409);
    await client().send(new s3.DeleteObjectCommand({ Bucket, Key: "k", VersionId }));
    await client().send(new s3.DeleteObjectCommand({ Bucket, Key: "k", VersionId: marker.VersionId }));
    await client().send(new s3.DeleteBucketCommand({ Bucket }));
    await expectRefusal(client().send(new s3.HeadBucketCommand({ Bucket })), "NotFound", 404);
  });

  guarantee("a new bucket blocks public access", async () => {
    const Bucket = await bucket();
    const block = await client().send(new s3.GetPublicAccessBlockCommand({ Bucket }));
    expect(block.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    });
  });

  guarantee("the public access block is changed and removed", async () => {
    const Bucket = await bucket();
    const PublicAccessBlockConfiguration = { BlockPublicAcls: true, BlockPublicPolicy: true };
    await client().send(new s3.PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
    const changed = await client().send(new s3.GetPublicAccessBlockCommand({ Bucket }));
    expect(changed.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      IgnorePublicAcls: false,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: false,
    });
    await client().send(new s3.DeletePublicAccessBlockCommand({ Bucket }));
    await expectRefusal(
      client().send(new s3.GetPublicAccessBlockCommand({ Bucket })),
      "NoSuchPublicAccessBlockConfiguration",
      404,
    );
  });

  guarantee("versioning is off until it is switched on, and then can only be suspended", async () => {
    const Bucket = await bucket();
    const status = async () => (await client().send(new s3.GetBucketVersioningCommand({ Bucket }))).Status;
    expect(await status()).toBeUndefined();
    for (const Status of ["Enabled", "Suspended", "Enabled"] as const) {
      await client().send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
      expect(await status()).toBe(Status);
    }
  });

  guarantee("every bucket is encrypted with AES256 by default", async () => {
    const Bucket = await bucket();
    const encryption = await client().send(new s3.GetBucketEncryptionCommand({ Bucket }));
    const rule = encryption.ServerSideEncryptionConfiguration?.Rules?.[0];
    expect(rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe("AES256");
  });

  guarantee("bucket tags are kept, and their absence is an error", async () => {
    const Bucket = await bucket();
    await expectRefusal(client().send(new s3.GetBucketTaggingCommand({ Bucket })), "NoSuchTagSet", 404);
    await client().send(
      new s3.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: "team", Value: "data" }] } }),
    );
    const tags = await client().send(new s3.GetBucketTaggingCommand({ Bucket }));
    expect(tags.TagSet).toEqual([{ Key: "team", Value: "data" }]);
    await client().send(new s3.DeleteBucketTaggingCommand({ Bucket }));
    await expectRefusal(client().send(new s3.GetBucketTaggingCommand({ Bucket })), "NoSuchTagSet", 404);
  });

  guarantee("the EventBridge notification setting is kept", async () => {
    const Bucket = await bucket();
    const get = () => client().send(new s3.GetBucketNotificationConfigurationCommand({ Bucket }));
    expect((await get()).EventBridgeConfiguration).toBeUndefined();
    const NotificationConfiguration = { EventBridgeConfiguration: {} };
    await client().send(new s3.PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
    expect((await get()).EventBridgeConfiguration).toBeDefined();
  });

  guarantee("settings a bucket does not have are named absent", async () => {
    const Bucket = await bucket();
    await expectRefusal(client().send(new s3.GetBucketPolicyCommand({ Bucket })), "NoSuchBucketPolicy", 404);
    await expectRefusal(client().send(new s3.GetBucketCorsCommand({ Bucket })), "NoSuchCORSConfiguration", 404);
    await expectRefusal(
      client().send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket })),
      "NoSuchLifecycleConfiguration",
      404,
    );
    await expectRefusal(
      client().send(new s3.GetBucketReplicationCommand({ Bucket })),
      "ReplicationConfigurationNotFoundError",
      404,
    );
  });

  guarantee("the policy status of a bucket without a policy is an error", async () => {
    const Bucket = await bucket();
    await expectRefusal(client().send(new s3.GetBucketPolicyStatusCommand({ Bucket })), "NoSuchBucketPolicy", 404);
  });

  guarantee("the access list names the owner with full control", async () => {
    const Bucket = await bucket();
    const list = await client().send(new s3.GetBucketAclCommand({ Bucket }));
    expect(list.Grants).toHaveLength(1);
    expect(list.Grants?.[0]).toMatchObject({ Permission: "FULL_CONTROL", Grantee: { ID: list.Owner?.ID } });
  });
}
