// What `sst deploy` would make, made on one machine from the same data: table, bucket, queues, rules, machines, secret.
// Every call is safe to repeat: each start says it again.
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { functions } from "../../functions/wiring.ts";
import { patternOf, queues, rules } from "../../functions/triggers.ts";
import { machines } from "../../state-machines/contract.ts";
import { tableSchema } from "../../shared/aws/table-schema.ts";
import type { Engine } from "../engine.ts";
import type { EventsEngine } from "../events/engine.ts";
import type { EventPattern } from "../events/pattern.ts";
import { callEngine as json } from "./call-engine.ts";

export interface DeploymentTargets {
  readonly region: string;
  readonly accountId: string;
  readonly repoRoot: string;
  readonly s3SocketPath: string;
  readonly dynamodb: Engine;
  readonly sqs: Engine;
  readonly ecs: Engine;
  readonly secrets: Engine;
  readonly stepFunctions: { register(name: string, definition: string | object): string };
  readonly events: Pick<EventsEngine, "declare">;
}

export const names = {
  table: "hangar",
  cluster: "hangar",
  taskLogGroup: "/hangar/tasks",
  controlBucket: "hangar-control",
  databaseSecret: "hangar/pool/database",
  stateMachinePrefix: "hangar-",
} as const;

/** @param databasePassword the superuser's; Secrets Manager holds it, as it would hold Aurora's */
export async function deploy(targets: DeploymentTargets, databasePassword: string): Promise<void> {
  const { region, accountId } = targets;
  await Promise.all([
    json(targets.dynamodb, "DynamoDB_20120810.CreateTable", { TableName: names.table, ...tableSchema }, [
      "ResourceInUseException",
    ]),
    json(targets.ecs, "AmazonEC2ContainerServiceV20141113.CreateCluster", { clusterName: names.cluster }),
    json(targets.secrets, "secretsmanager.CreateSecret", secret(databasePassword), ["ResourceExistsException"]),
    makeControlBucket(targets),
    ...queues.map((queue) => makeQueue(targets, queue)),
  ]);
  await json(targets.secrets, "secretsmanager.PutSecretValue", {
    SecretId: names.databaseSecret,
    SecretString: secret(databasePassword).SecretString,
  });
  targets.events.declare(
    rules.map((rule) => ({
      name: rule.name,
      pattern: patternOf(rule, names.controlBucket) as EventPattern,
      queue: rule.queue,
    })),
  );
  for (const machine of machines) {
    const text = readFileSync(join(targets.repoRoot, machine.file), "utf8");
    targets.stepFunctions.register(
      `${names.stateMachinePrefix}${machine.name}`,
      substitute(text, machine.file, region, accountId),
    );
  }
}

const secret = (password: string) => ({
  Name: names.databaseSecret,
  SecretString: JSON.stringify({ username: "postgres", password }),
});

/** `${step.run}` and `${step.undo}` are the ARN of that step's function, as in stacks/. */
function substitute(text: string, file: string, region: string, accountId: string): string {
  return text.replaceAll(/\$\{([a-z-]+)\.(?:run|undo)\}/g, (_match, name: string) => {
    if (!(name in functions)) throw new Error(`${file} names ${name}, which functions/wiring.ts does not have.`);
    return `arn:aws:lambda:${region}:${accountId}:function:${name}`;
  });
}

async function makeQueue(targets: DeploymentTargets, queue: (typeof queues)[number]): Promise<void> {
  const dead = `${queue.name}-dead`;
  await json(targets.sqs, "AmazonSQS.CreateQueue", {
    QueueName: dead,
    Attributes: { MessageRetentionPeriod: "1209600" },
  });
  await json(targets.sqs, "AmazonSQS.CreateQueue", {
    QueueName: queue.name,
    Attributes: {
      VisibilityTimeout: String(queue.visibilityTimeoutSeconds),
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: `arn:aws:sqs:${targets.region}:${targets.accountId}:${dead}`,
        maxReceiveCount: queue.maxReceiveCount,
      }),
    },
  });
}

async function makeControlBucket(targets: DeploymentTargets): Promise<void> {
  const created = await s3(targets, "PUT", `/${names.controlBucket}`, "");
  if (created !== 200 && created !== 409) throw new Error(`The control bucket could not be made (HTTP ${created}).`);
  const versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
  const status = await s3(targets, "PUT", `/${names.controlBucket}?versioning`, versioning);
  if (status !== 200) throw new Error(`The control bucket could not be versioned (HTTP ${status}).`);
}

function s3(targets: DeploymentTargets, method: string, path: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-length": Buffer.byteLength(body),
      "x-hangar-caller-arn": `arn:aws:iam::${targets.accountId}:root`,
      "x-hangar-account-id": targets.accountId,
      "x-hangar-request-id": "deployment",
      "x-hangar-endpoint": "http://127.0.0.1",
    };
    const call = httpRequest({ socketPath: targets.s3SocketPath, method, path, headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    call.on("error", reject);
    call.end(body);
  });
}
