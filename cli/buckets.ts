// The user's own bucket, with the user's own keys: made ready for an environment, and filled.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { ApiTarget } from "./api-client.ts";

const clientOf = (target: ApiTarget) =>
  new S3Client({ region: target.region, endpoint: target.url, credentials: target.key, forcePathStyle: true });

/** A bucket an environment can use: versioned, closed to the public. Exists already is fine. */
export async function ensureBucket(target: ApiTarget, bucket: string): Promise<void> {
  const client = clientOf(target);
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (!(error instanceof Error && error.name === "BucketAlreadyOwnedByYou")) throw error;
  }
  await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } }));
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
