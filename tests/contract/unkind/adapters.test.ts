// The control plane's own adapters keep their contracts where AWS is unkind: the SDK's usual attempts are enough.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startDynamo } from "../../../local/dynamodb/start-dynamo.ts";
import { openCredentials } from "../../../local/front/credentials.ts";
import { startFrontDoor } from "../../../local/front/front-door.ts";
import { createS3Listener } from "../../../local/s3/server.ts";
import { createSecretsManagerEngine } from "../../../local/secretsmanager/engine.ts";
import { createSqsEngine, type SqsEngine } from "../../../local/sqs/engine.ts";
import { surroundings } from "../../../local/unkind/surroundings.ts";
import { dynamodbEnvironments } from "../../../shared/aws/dynamodb-environments.ts";
import { dynamodbOperations } from "../../../shared/aws/dynamodb-operations.ts";
import { s3ControlBucket } from "../../../shared/aws/s3-control-bucket.ts";
import { s3SourceReader } from "../../../shared/aws/s3-source-buckets.ts";
import { secretsmanagerVault } from "../../../shared/aws/secretsmanager-vault.ts";
import { sqsTaskQueues } from "../../../shared/aws/sqs-task-queues.ts";
import { tableSchema } from "../../../shared/aws/table-schema.ts";
import { controlBucketContract } from "../adapters/control-bucket.suite.ts";
import { environmentsContract, operationsContract } from "../adapters/items.suite.ts";
import { secretVaultContract } from "../adapters/secret-vault.suite.ts";
import { sourceBucketsContract } from "../adapters/source-buckets.suite.ts";
import { taskQueuesContract } from "../adapters/task-queues.suite.ts";
import { engineFolder } from "../serve.ts";

vi.setConfig({ testTimeout: 60_000 }); // the pauses SDKs make add up
const seed = 7;
/** The suites read the index right after they wrote: what an old index does to its callers old-reads.test.ts shows. */
const off = ["dynamodb-old-read"] as const;
const lines: string[] = [];
const socketFolder = mkdtempSync(join(tmpdir(), "hangar-unkind-"));
const cleanUps: (() => Promise<unknown> | unknown)[] = [];
let sqs: SqsEngine;
let clients: { dynamodb: DynamoDBClient; sqs: SQSClient; s3: S3Client; secrets: SecretsManagerClient };

beforeAll(async () => {
  const around = surroundings({ seed, off }, (line) => lines.push(line));
  const { context, remove } = await engineFolder();
  const of = (name: string) => ({
    ...context,
    ...around.context,
    folder: mkdtempSync(join(context.folder, `${name}-`)),
  });
  sqs = createSqsEngine(of("sqs"));
  const engines = [sqs, createSecretsManagerEngine(of("secrets")), await startDynamo(of("dynamodb"))];
  const listener = createS3Listener({ ...of("s3"), onEvents: () => undefined });
  const s3 = createServer(listener);
  const s3SocketPath = join(socketFolder, "s3.sock");
  await new Promise<void>((listening) => s3.listen(s3SocketPath, listening));
  const credentials = openCredentials(join(context.folder, "keys.json"));
  const nothing = async () => ({ status: 404, headers: {}, body: "" });
  const door = await startFrontDoor({
    ...{ port: 0, region: "us-east-1", accountId: "000000000000", credentials, s3SocketPath },
    sessionCredentials: () => undefined,
    engines: around.engines(engines),
    ...around.door,
    apiGateway: nothing,
    ecsMetadata: nothing,
  });
  const { accessKeyId, secretAccessKey } = credentials.named("operator");
  const settings = { region: "us-east-1", endpoint: door.url, credentials: { accessKeyId, secretAccessKey } };
  clients = {
    dynamodb: new DynamoDBClient(settings),
    sqs: new SQSClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
    secrets: new SecretsManagerClient(settings),
  };
  cleanUps.push(
    async () => {
      for (const client of Object.values(clients)) client.destroy();
      await door.close();
      s3.closeAllConnections();
      await new Promise((closed) => s3.close(closed));
      await listener.close();
      for (const engine of engines) await engine.close();
    },
    remove,
    () => rmSync(socketFolder, { recursive: true, force: true }),
  );
  await clients.dynamodb.send(
    new CreateTableCommand({ TableName: "hangar", ...structuredClone(tableSchema) } as never),
  );
  await make("control");
});
afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
});

async function make(Bucket: string, facts: { versioned?: boolean; publicAccessBlocked?: boolean } = {}): Promise<void> {
  await clients.s3.send(new CreateBucketCommand({ Bucket }));
  if (facts.publicAccessBlocked === false) await clients.s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  if (facts.versioned === false) return;
  await clients.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
}
const upload = async (Bucket: string, Key: string, Body: string) =>
  (await clients.s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(Body) }))).VersionId!;
async function keys(Prefix: string): Promise<string[]> {
  const page = await clients.s3.send(new ListObjectVersionsCommand({ Bucket: "control", Prefix }));
  return [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key }) => Key!);
}

describe("environments", () =>
  environmentsContract(() => dynamodbEnvironments(clients.dynamodb, { tableName: "hangar" })));
describe("operations", () => operationsContract(() => dynamodbOperations(clients.dynamodb, { tableName: "hangar" })));
describe("the secret vault", () => secretVaultContract(() => secretsmanagerVault(clients.secrets)));
describe("task queues", () =>
  taskQueuesContract(() => ({
    queues: sqsTaskQueues(clients.sqs),
    visibilityTimeoutSeconds: (name) =>
      sqs.exists(name) ? Number(sqs.attributes(name)["VisibilityTimeout"]) : undefined,
  })));
describe("source buckets", () =>
  sourceBucketsContract(() => ({
    buckets: s3SourceReader(clients.s3),
    make,
    upload,
    erase: async (Bucket, Key) => void (await clients.s3.send(new DeleteObjectCommand({ Bucket, Key }))),
  })));
describe("the control bucket", () =>
  controlBucketContract(() => ({
    bucket: s3ControlBucket(clients.s3, { bucket: "control" }),
    write: async (key, text) => void (await upload("control", key, text)),
    putReport: async (prefix, taskId, text) => void (await upload("control", `${prefix}reports/${taskId}.json`, text)),
    keys,
  })));

test("that was unkind: each of these services refused something on the way", () => {
  for (const service of ["dynamodb", "s3"]) {
    expect(
      lines.some((line) => line.startsWith(`unkind ${seed}: api-throttle, ${service} `)),
      service,
    ).toBe(true);
  }
});
