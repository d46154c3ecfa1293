// What unkind mode's throttling is worth: an unmodified SDK takes each service's refusal for what it is, and tries again.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchClient, ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { ECSClient, ListClustersCommand } from "@aws-sdk/client-ecs";
import { DescribeLoadBalancersCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { EventBridgeClient, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { HeadBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ListStateMachinesCommand, SFNClient } from "@aws-sdk/client-sfn";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ServiceRequest, ServiceResponse } from "../../../local/engine.ts";
import { openCredentials } from "../../../local/front/credentials.ts";
import { startFrontDoor } from "../../../local/front/front-door.ts";
import { throttledEngine, throttledGateway, throttledS3 } from "../../../local/unkind/throttling.ts";
import { mwaaSdk } from "../../tools/mwaa-sdk.ts";

const folder = mkdtempSync(join(tmpdir(), "hangar-throttling-"));
/** How many more requests each service refuses. */
const refusals = new Map<string, number>();
const unkind = {
  strikes(_kind: string, subject: string) {
    const service = subject.split(" ")[0]!;
    const left = refusals.get(service) ?? 0;
    refusals.set(service, left - 1);
    return left > 0 ? 0.5 : undefined;
  },
};
let settings: { region: string; endpoint: string; credentials: { accessKeyId: string; secretAccessKey: string } };
let close: () => Promise<void>;

/** Answers any request with what its protocol calls nothing. */
async function nothing({ headers }: ServiceRequest): Promise<ServiceResponse> {
  const isForm = (headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
  const answer = (name: string) => `<${name}Response><${name}Result/></${name}Response>`;
  const form = { status: 200, headers: { "content-type": "text/xml" }, body: answer("Nothing") };
  return isForm ? form : { status: 200, headers: { "content-type": "application/x-amz-json-1.0" }, body: "{}" };
}

beforeAll(async () => {
  const credentials = openCredentials(join(folder, "keys.json"));
  const s3SocketPath = join(folder, "s3.sock");
  const s3 = createServer((request, response) => request.resume().on("end", () => response.writeHead(200).end()));
  await new Promise<void>((listening) => s3.listen(s3SocketPath, listening));
  const services = ["sqs", "dynamodb", "ecs", "states", "secretsmanager", "logs", "events", "monitoring", "sts"];
  const engines = [...services, "elasticloadbalancing"].map((name) => ({ signingNames: [name], handle: nothing }));
  const door = await startFrontDoor({
    ...{ port: 0, region: "us-east-1", accountId: "000000000000", credentials, s3SocketPath },
    sessionCredentials: () => undefined,
    engines: engines.map((engine) => throttledEngine(engine, unkind)),
    beforeS3: throttledS3(unkind),
    apiGateway: throttledGateway(async () => ({ status: 200, headers: {}, body: '{"Environments":[]}' }), unkind),
    ecsMetadata: async () => ({ status: 404, headers: {}, body: "" }),
  });
  const { accessKeyId, secretAccessKey } = credentials.named("operator");
  settings = { region: "us-east-1", endpoint: door.url, credentials: { accessKeyId, secretAccessKey } };
  close = async () => {
    await door.close();
    s3.closeAllConnections();
    await new Promise((closed) => s3.close(closed));
    rmSync(folder, { recursive: true, force: true });
  };
});
afterAll(() => close());

interface Client {
  // biome-ignore lint/suspicious/noExplicitAny: twelve services, each with types of its own
  send(command: any): Promise<{ $metadata: { attempts?: number } }>;
  destroy(): void;
}
type Settings = typeof settings & { maxAttempts?: number; forcePathStyle?: boolean; disableHostPrefix?: boolean };

const services: [
  name: string,
  code: string,
  status: number,
  signingName: string,
  make: (given: Settings) => Client,
  command: () => object,
][] = [
  ["SQS", "RequestThrottled", 403, "sqs", (given) => new SQSClient(given), () => new ListQueuesCommand({})],
  [
    "DynamoDB",
    "ProvisionedThroughputExceededException",
    400,
    "dynamodb",
    (given) => new DynamoDBClient(given),
    () => new ListTablesCommand({}),
  ],
  ["ECS", "ThrottlingException", 400, "ecs", (given) => new ECSClient(given), () => new ListClustersCommand({})],
  [
    "Step Functions",
    "ThrottlingException",
    400,
    "states",
    (given) => new SFNClient(given),
    () => new ListStateMachinesCommand({}),
  ],
  [
    "Secrets Manager",
    "ThrottlingException",
    400,
    "secretsmanager",
    (given) => new SecretsManagerClient(given),
    () => new ListSecretsCommand({}),
  ],
  [
    "CloudWatch Logs",
    "ThrottlingException",
    400,
    "logs",
    (given) => new CloudWatchLogsClient(given),
    () => new DescribeLogGroupsCommand({}),
  ],
  [
    "EventBridge",
    "ThrottlingException",
    400,
    "events",
    (given) => new EventBridgeClient(given),
    () => new ListRulesCommand({}),
  ],
  [
    "CloudWatch",
    "ThrottlingException",
    400,
    "monitoring",
    (given) => new CloudWatchClient(given),
    () => new ListMetricsCommand({}),
  ],
  ["STS", "Throttling", 400, "sts", (given) => new STSClient(given), () => new GetCallerIdentityCommand({})],
  [
    "Elastic Load Balancing",
    "Throttling",
    400,
    "elasticloadbalancing",
    (given) => new ElasticLoadBalancingV2Client(given),
    () => new DescribeLoadBalancersCommand({}),
  ],
  [
    "S3",
    "SlowDown",
    503,
    "s3",
    (given) => new S3Client({ ...given, forcePathStyle: true }),
    () => new PutObjectCommand({ Bucket: "b-1", Key: "k", Body: Buffer.alloc(100_000) }),
  ],
  [
    "MWAA",
    "TooManyRequestsException",
    429,
    "airflow",
    (given) => new mwaaSdk.MWAAClient({ ...given, disableHostPrefix: true }),
    () => new mwaaSdk.ListEnvironmentsCommand({}),
  ],
];

// At one time: each waits out the pauses its SDK makes.
test.concurrent.each(services)(
  "%s refuses with %s, which its SDK takes for throttling and bears twice",
  async (_name, code, status, signingName, make, command) => {
    const impatient = make({ ...settings, maxAttempts: 1 });
    refusals.set(signingName, 1);
    const refused = await impatient.send(command()).catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: code, $metadata: { httpStatusCode: status } });
    impatient.destroy();
    const usual = make(settings);
    refusals.set(signingName, 2);
    expect((await usual.send(command())).$metadata.attempts).toBe(3);
    usual.destroy();
  },
);

test("S3 refuses a request without a body all the same", async () => {
  const client = new S3Client({ ...settings, forcePathStyle: true });
  refusals.set("s3", 1);
  expect((await client.send(new HeadBucketCommand({ Bucket: "b-1" }))).$metadata.attempts).toBe(2);
  client.destroy();
});
