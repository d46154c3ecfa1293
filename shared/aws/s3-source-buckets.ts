// The user's bucket on S3, as the role sees it whose keys the client has: looked at and read, never written.
import { createHash } from "node:crypto";
import {
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { HangarError } from "../domain/errors.ts";
import type { SourceObject } from "../domain/source-objects.ts";
import type { SourceReader } from "../ports/source-buckets.ts";

/** Beyond it a listing would not end within a step. */
const mostPages = 300;

/**
 * @param client signs as the environment's execution role (shared/aws/assumed-source-buckets.ts)
 * @param settings.versionsPerPage default and most: S3's 1,000
 */
export function s3SourceReader(client: S3Client, settings: { readonly versionsPerPage?: number } = {}): SourceReader {
  const MaxKeys = settings.versionsPerPage ?? 1000;
  return {
    async facts(bucket) {
      try {
        await client.send(new HeadBucketCommand({ Bucket: bucket }));
      } catch (error) {
        // 404 gone, 403 closed to us, 301 in another Region, 400 no bucket name: none can be a source
        if ([301, 400, 403, 404].includes(statusOf(error)))
          return { exists: false, versioned: false, publicAccessBlocked: false };
        throw error;
      }
      const [versioning, publicAccessBlocked] = await Promise.all([
        client.send(new GetBucketVersioningCommand({ Bucket: bucket })),
        isClosedToPublic(client, bucket),
      ]).catch((error: unknown) => {
        throw statusOf(error) === 403 ? closed(bucket, error) : error;
      });
      return { exists: true, versioned: versioning.Status === "Enabled", publicAccessBlocked };
    },
    async list(bucket, prefix) {
      const objects: SourceObject[] = [];
      let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
      for (let page = 0; page < mostPages; page++) {
        const answer = await client.send(
          new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, MaxKeys, ...marker }),
        );
        for (const version of answer.Versions ?? []) {
          if (!version.IsLatest || !version.Key || version.Key.endsWith("/")) continue;
          objects.push({
            ...{ key: version.Key, versionId: version.VersionId ?? "null", size: version.Size ?? 0 },
            ...(version.LastModified ? { modifiedAt: version.LastModified.getTime() } : {}),
          });
        }
        if (!answer.IsTruncated) return objects;
        marker = {
          ...(answer.NextKeyMarker === undefined ? {} : { KeyMarker: answer.NextKeyMarker }),
          ...(answer.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: answer.NextVersionIdMarker }),
        };
      }
      throw new HangarError(
        "InvalidRequest",
        `s3://${bucket}/${prefix} holds more than ${mostPages * MaxKeys} object versions. Expire noncurrent versions with a lifecycle rule, or choose a smaller DagS3Path.`,
      );
    },
    async find(bucket, key, versionId) {
      const version = versionId === null ? {} : { VersionId: versionId };
      try {
        const found = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ...version }));
        return { key, versionId: found.VersionId ?? "null", size: found.ContentLength ?? 0 };
      } catch (error) {
        // 404 gone, 405 a delete marker, 400 no version id at all, 403 closed to us, or gone where we may not list
        if ([400, 403, 404, 405].includes(statusOf(error))) return undefined;
        throw error;
      }
    },
    async digest(bucket, key, versionId) {
      const hash = createHash("sha256");
      for await (const chunk of await this.stream(bucket, key, versionId)) hash.update(chunk);
      return hash.digest("hex");
    },
    async read(bucket, key, versionId) {
      const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
      return answer.Body!.transformToByteArray();
    },
    async stream(bucket, key, versionId) {
      const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
      return answer.Body as AsyncIterable<Uint8Array>;
    },
  };
}

const closed = (bucket: string, cause: unknown) =>
  new HangarError(
    "SourceBucketClosed",
    `The execution role may not look at the settings of the source bucket ${bucket}. Allow it s3:GetBucketVersioning and s3:GetBucketPublicAccessBlock on the bucket.`,
    { cause },
  );

async function isClosedToPublic(client: S3Client, bucket: string): Promise<boolean> {
  try {
    const answer = await client.send(new GetPublicAccessBlockCommand({ Bucket: bucket }));
    const block = answer.PublicAccessBlockConfiguration;
    return Boolean(
      block?.BlockPublicAcls && block.IgnorePublicAcls && block.BlockPublicPolicy && block.RestrictPublicBuckets,
    );
  } catch (error) {
    if (error instanceof Error && error.name === "NoSuchPublicAccessBlockConfiguration") return false;
    throw error;
  }
}

const statusOf = (error: unknown): number =>
  (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode ?? 0;
