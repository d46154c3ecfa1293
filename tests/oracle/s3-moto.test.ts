// The S3 contract on moto server: shows that the suite describes S3 and not only our own engine. What moto does otherwise is
// listed with the reason; a listed guarantee must really fail, so the list shrinks when moto grows.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll } from "vitest";
import { type Differences, s3Contract } from "../contract/s3/suite.ts";

const differences: Differences = {
  "the bucket name UPPER-case is refused": "moto checks the length of a bucket name only",
  "the bucket name under_score is refused": "moto checks the length of a bucket name only",
  "the bucket name -dash-first is refused": "moto checks the length of a bucket name only",
  "the bucket name dot..dot is refused": "moto checks the length of a bucket name only",
  "the bucket name 10.0.0.1 is refused": "moto checks the length of a bucket name only",
  "a bucket of another region is refused": "one moto server is all regions at once",
  "a new bucket blocks public access": "moto keeps the default of before April 2023",
  "every bucket is encrypted with AES256 by default": "moto keeps the default of before January 2023",
  "the EventBridge notification setting is kept": "moto reads it but does not write it back",
  "a key of more than 1,024 bytes is refused": "moto has no limit",
  "metadata of more than 2 KB is refused": "moto has no limit",
  "deleting many quietly names only what went wrong": "moto does not read Quiet",
  "a copy whose condition on the source fails is refused": "moto does not read conditions on the source of a copy",
  "a CRC32 that is wrong is refused": "moto does not verify checksums",
  "a CRC32C that is wrong is refused": "moto does not verify checksums",
  "a CRC64NVME that is wrong is refused": "moto does not verify checksums",
  "a SHA1 that is wrong is refused": "moto does not verify checksums",
  "a SHA256 that is wrong is refused": "moto does not verify checksums",
  "the answer to a put names the checksum that is kept": "moto names it to HEAD only",
  "a Content-MD5 that is wrong is refused": "moto does not verify Content-MD5",
  "a Content-MD5 that is no MD5 is refused": "moto does not verify Content-MD5",
  "deleting a marker says that it was one": "moto leaves the header out",
  "a delete marker cannot be read": "moto answers NoSuchVersion; S3 documents 405 MethodNotAllowed",
  "suspended, puts replace only the version null": "moto drops the kept versions when versioning is suspended",
  "suspended, a delete leaves a marker null in place of the version null":
    "moto deletes for good when versioning is suspended",
  "markers made by deleting many are named": "moto leaves marker and its version id out",
  "the first form of listing pages by marker": "moto cuts keys and common prefixes apart, not in one order",
  "a client may delete the versions of each page before it asks for the next":
    "moto loses the place of a version that is gone",
  "parts out of order, unknown, or of another entity tag are refused": "moto takes parts in any order",
  "a part number of 0 is refused": "moto answers NoSuchUpload",
  "an aborted upload is gone": "moto meets an internal error (500)",
  "no part goes to an aborted upload": "moto meets an internal error (500)",
  "a composite checksum is the checksum of the parts' checksums": "moto has no checksums of uploads",
  "a whole-object checksum of an upload is that of a put of the same bytes": "moto has no checksums of uploads",
  "an object can be read part by part": "moto does not read partNumber",
};

const tools = process.env["HANGAR_TEST_TOOLS"] ?? join(import.meta.dirname, "../../.venv/tools");
let moto: ChildProcess | undefined;
let client: S3Client | undefined;

afterAll(async () => {
  client?.destroy();
  if (!moto || moto.exitCode !== null) return;
  const ended = once(moto, "exit");
  moto.kill("SIGKILL");
  await ended;
});

s3Contract(async () => {
  const port = await freePort();
  moto = spawn(join(tools, "bin/moto_server"), ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  client = new S3Client({
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" },
    forcePathStyle: true,
    maxAttempts: 1,
  });
  await answering(`http://127.0.0.1:${port}/moto-api/`, moto);
  return { client };
}, differences);

async function answering(url: string, process: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (process.exitCode !== null) break;
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await pause(100);
  }
  throw new Error(`moto_server of ${tools} does not answer; is it installed?`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}
