// The user's own bucket, with the user's own keys: made ready for an environment, and filled.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  HeadBucketCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { ApiTarget } from "./api-client.ts";

const clientOf = (target: ApiTarget) =>
  new S3Client({ region: target.region, endpoint: target.url, credentials: target.key, forcePathStyle: true });

/**
 * A bucket an environment can use: versioned, closed to the public. Exists already is fine.
 * @returns whether it was made now
 */
export async function ensureBucket(target: ApiTarget, bucket: string): Promise<boolean> {
  const client = clientOf(target);
  try {
    const made = !(await exists(client, bucket));
    if (made) await client.send(new CreateBucketCommand({ Bucket: bucket }));
    await client.send(
      new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } }),
    );
    return made;
  } finally {
    client.destroy();
  }
}

async function exists(client: S3Client, bucket: string): Promise<boolean> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
    return true;
  } catch (error) {
    if (error instanceof Error && ["NotFound", "NoSuchBucket"].includes(error.name)) return false;
    throw error;
  }
}

/** Deletes a bucket that is empty; one that is not stays. */
export async function removeEmptyBucket(target: ApiTarget, bucket: string): Promise<void> {
  const client = clientOf(target);
  await client.send(new DeleteBucketCommand({ Bucket: bucket })).catch(() => undefined);
  client.destroy();
}

/** Uploads a folder's files below a prefix. @returns how many */
export async function uploadFolder(target: ApiTarget, folder: string, bucket: string, prefix: string): Promise<number> {
  const client = clientOf(target);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.parentPath.includes("__pycache__"),
  );
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    const key = `${prefix}${path.slice(folder.length + 1).replaceAll("\\", "/")}`;
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: readFileSync(path) }));
  }
  client.destroy();
  return files.length;
}
