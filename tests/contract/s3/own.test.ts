// The S3 contract on our own engine: the listener behind a plain HTTP server, without the front door's signature check.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll } from "vitest";
import { createS3Listener } from "../../../local/s3/server.ts";
import { s3Contract } from "./suite.ts";

const folder = mkdtempSync(join(tmpdir(), "hangar-s3-"));
const listener = createS3Listener({
  folder,
  region: "us-east-1",
  accountId: "000000000000",
  now: Date.now,
  onEvents: () => undefined,
});
const server = createServer(listener);
let client: S3Client | undefined;

afterAll(async () => {
  client?.destroy();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await listener.close();
  rmSync(folder, { recursive: true });
});

s3Contract(async () => {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  client = new S3Client({
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" },
    forcePathStyle: true,
    maxAttempts: 1,
  });
  return { client };
});
