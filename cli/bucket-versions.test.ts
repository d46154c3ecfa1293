import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, it, onTestFinished } from "vitest";
import { createS3Listener } from "../local/s3/server.ts";
import { ensureBucket } from "./buckets.ts";
import { bucketVersions, type ObjectVersion, pendingPaths } from "./bucket-versions.ts";
import type { SyncFile } from "./releases.ts";

const row = (Path: string, VersionId: string | null, State: SyncFile["State"] = "LIVE"): SyncFile => ({
  ...{ Path, VersionId, State, Served: null, Held: null, DagIds: [], ParsedAt: null, ParsedRelease: null, Error: null },
});
const version = (versionId: string, content: string | undefined, isLatest = true): ObjectVersion => ({
  ...{ versionId, content, isLatest },
});
const pending = (versions: readonly ObjectVersion[], row: SyncFile | undefined, leftOut = 0) =>
  pendingPaths(new Map([["a.py", versions]]), {
    Files: row ? [row] : [],
    LeftOut: Array(leftOut).fill({ Key: "k", Reason: "r" }),
  }).length > 0;

const once = [version("v1", "x")];
const twice = [version("v2", "y"), version("v1", "x", false)];
const deleted = [version("v3", undefined), version("v1", "x", false)];

it.each<[string, boolean, readonly ObjectVersion[], SyncFile | undefined, number?]>([
  ["a new file nobody has seen is waited for", true, once, undefined],
  ["a file that was taken in is not", false, once, row("a.py", "v1")],
  ["a newer version is waited for", true, twice, row("a.py", "v1")],
  ["the same bytes uploaded again are not", false, [version("v2", "x"), version("v1", "x", false)], row("a.py", "v1")],
  ["a deletion is waited for", true, deleted, row("a.py", "v1")],
  ["a deletion that was taken in is not", false, deleted, undefined],
  ["a deletion that is held is not", false, deleted, row("a.py", null, "HELD")],
  ["a file that was left out is not", false, twice, row("a.py", null, "LEFT_OUT")],
  ["a file that may be among those left out and not named is not", false, once, undefined, 100],
])("%s", (_, waits, versions, known, leftOut) => {
  expect(pending(versions, known, leftOut)).toBe(waits);
});

it("a file whose versions are all gone from the bucket is waited for", () => {
  expect(pendingPaths(new Map(), { Files: [row("a.py", "v1"), row("b.py", null)], LeftOut: [] })).toEqual(["a.py"]);
});

it("reads every version below the DAG folder from the region's S3, and knows the same bytes again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hangar-versions-"));
  const common = { region: "us-east-1", accountId: "000000000000", now: Date.now, onEvents: () => undefined };
  const listener = createS3Listener({ folder, ...common });
  const server = createServer(listener);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const target = { url, region: "us-east-1", key: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" } };
  const client = new S3Client({ region: "us-east-1", endpoint: url, credentials: target.key, forcePathStyle: true });
  onTestFinished(async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    await listener.close();
    rmSync(folder, { recursive: true });
  });
  const bucket = { Name: "my-dags", Prefix: "dags/", LastSeen: null };
  expect(await bucketVersions(target, bucket, "")).toBeUndefined();

  await ensureBucket(target, "my-dags");
  const put = async (path: string, Body: string) =>
    (await client.send(new PutObjectCommand({ Bucket: "my-dags", Key: `dags/${path}`, Body }))).VersionId!;
  const first = await put("a.py", "one");
  await put("a.py", "one");
  const gone = await put("team/b.py", "two");
  await client.send(new DeleteObjectCommand({ Bucket: "my-dags", Key: "dags/team/b.py" }));
  await put("c.py", "three");
  const versions = (await bucketVersions(target, bucket, ""))!;
  expect([...versions.keys()].toSorted()).toEqual(["a.py", "c.py", "team/b.py"]);
  expect(
    pendingPaths(versions, { Files: [row("a.py", first), row("team/b.py", gone)], LeftOut: [] }).toSorted(),
  ).toEqual(["c.py", "team/b.py"]);
  expect([...(await bucketVersions(target, bucket, "team/"))!.keys()]).toEqual(["team/b.py"]);
});
