// The S3 adapters on the region's S3.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createS3Listener } from "../../../local/s3/server.ts";
import { s3ControlBucket } from "../../../shared/aws/s3-control-bucket.ts";
import { s3SourceReader } from "../../../shared/aws/s3-source-buckets.ts";
import { clientDefaults } from "../serve.ts";
import { controlBucketContract } from "./control-bucket.suite.ts";
import { sourceBucketsContract } from "./source-buckets.suite.ts";

const folder = mkdtempSync(join(tmpdir(), "hangar-s3-adapters-"));
const listener = createS3Listener({
  folder,
  region: "us-east-1",
  accountId: "000000000000",
  now: Date.now,
  onEvents: () => undefined,
});
const server = createServer(listener);
let client: S3Client;

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  client = new S3Client({ ...clientDefaults, endpoint: `http://127.0.0.1:${port}` });
  await make("control");
});

afterAll(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await listener.close();
  rmSync(folder, { recursive: true });
});

async function make(bucket: string, facts: { versioned?: boolean; publicAccessBlocked?: boolean } = {}): Promise<void> {
  const Bucket = bucket;
  await client.send(new CreateBucketCommand({ Bucket }));
  if (facts.publicAccessBlocked === false) await client.send(new DeletePublicAccessBlockCommand({ Bucket }));
  if (facts.versioned === false) return;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
}

const upload = async (Bucket: string, Key: string, Body: string) =>
  (await client.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(Body) }))).VersionId!;

async function keys(Prefix: string): Promise<string[]> {
  const page = await client.send(new ListObjectVersionsCommand({ Bucket: "control", Prefix }));
  return [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key }) => Key!);
}

describe("source buckets on S3", () => {
  sourceBucketsContract(() => ({
    buckets: s3SourceReader(client),
    make,
    upload,
    erase: async (Bucket, Key) => void (await client.send(new DeleteObjectCommand({ Bucket, Key }))),
  }));

  test("a listing of more versions than a page holds is whole", async () => {
    await make("paged");
    const names = ["a", "b", "c", "d", "e"].map((name) => `dags/${name}.py`);
    for (const content of ["first", "second"]) for (const name of names) await upload("paged", name, content);
    for (const versionsPerPage of [1, 3]) {
      const listed = await s3SourceReader(client, { versionsPerPage }).list("paged", "dags/");
      expect(listed.map(({ key }) => key)).toEqual(names);
      expect(listed.every(({ size }) => size === "second".length)).toBe(true);
      const age = listed.map(({ modifiedAt = 0 }) => Date.now() - modifiedAt);
      expect(Math.max(...age)).toBeLessThan(60_000);
    }
  });
});

describe("control bucket on S3", () => {
  controlBucketContract(() => ({
    bucket: s3ControlBucket(client, { bucket: "control" }),
    write: async (key, text) => void (await upload("control", key, text)),
    putReport: async (prefix, taskId, text) => void (await upload("control", `${prefix}reports/${taskId}.json`, text)),
    keys,
  }));

  test("delete markers go too when a prefix is emptied", async () => {
    await upload("control", "environments/marked/reports/a.json", "{}");
    await client.send(new DeleteObjectCommand({ Bucket: "control", Key: "environments/marked/reports/a.json" }));
    expect(await keys("environments/marked/")).toHaveLength(2);
    expect(await s3ControlBucket(client, { bucket: "control" }).empty("environments/marked/")).toBe(true);
    expect(await keys("environments/marked/")).toEqual([]);
  });

  test("a prefix with more than one call may delete is emptied by repeating, and says so", async () => {
    const bucket = s3ControlBucket(client, { bucket: "control", deletesPerBatch: 2 });
    for (let at = 0; at < 25; at++) await upload("control", `environments/large/${at}`, "x");
    expect(await bucket.empty("environments/large/")).toBe(false);
    expect(await keys("environments/large/")).toHaveLength(5);
    expect(await bucket.empty("environments/large/")).toBe(true);
  });
});
