// Which AWS actions a port's adapter can call, read from its source: the commands of the SDK that it and what it imports
// bring in.
import { readFileSync } from "node:fs";
import path from "node:path";
import type { PortName } from "../../functions/wiring.ts";

const project = path.resolve(import.meta.dirname, "..", "..");

/** Calls made with the keys of an environment's execution role: they need no permission of the function's own. */
const underExecutionRole = "shared/aws/s3-source-buckets.ts";

/** The actions, sorted, e.g. `["states:DescribeExecution", "states:StartExecution"]`. */
export function actionsOfPort(port: PortName): readonly string[] {
  const file = `shared/runtime/provide/${port.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`;
  const own = [...sources(path.join(project, file))].filter((source) => !source.endsWith(underExecutionRole));
  const commands = new Set(own.flatMap(commandsOf));
  return [...new Set([...commands].flatMap(actionsOf))].toSorted();
}

/** What an execution role must allow on the source bucket, besides s3:GetObjectVersion, which one command needs too. */
export const actionsOfExecutionRole = (): readonly string[] =>
  [...new Set(commandsOf(path.join(project, underExecutionRole)).flatMap(actionsOf))].toSorted();

/** The modules under shared/runtime/provide that a handler reaches: the ports it really uses, as file names. */
export function providedPorts(handlerFile: string): readonly string[] {
  return [...sources(path.join(project, handlerFile))]
    .filter((file) => file.includes("/shared/runtime/provide/"))
    .map((file) => path.basename(file, ".ts"))
    .filter((name) => !["clock", "dynamodb-client", "s3-client"].includes(name))
    .toSorted();
}

/** A source file and what it imports, bar types. Ports and domain bring in no SDK. */
function sources(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, imported] of text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from "(\.[^"]+)";/gm)) {
    sources(path.resolve(path.dirname(file), imported!), seen);
  }
  return seen;
}

/** `client-sqs.CreateQueueCommand`, for each command a file imports as a value. */
function commandsOf(file: string): string[] {
  const imports = readFileSync(file, "utf8").matchAll(/^import\s+\{([^}]*)\}\s+from "@aws-sdk\/([^"]+)";/gm);
  return [...imports].flatMap(([, names, client]) =>
    names!
      .split(",")
      .map((name) => name.trim())
      .filter((name) => /^[A-Z]\w+Command$/.test(name))
      .map((name) => `${client}.${name}`),
  );
}

const services: Readonly<Record<string, string>> = {
  "client-cloudwatch": "cloudwatch",
  "client-cloudwatch-logs": "logs",
  "client-dynamodb": "dynamodb",
  "client-ecs": "ecs",
  "client-elastic-load-balancing-v2": "elasticloadbalancing",
  "client-s3": "s3",
  "client-secrets-manager": "secretsmanager",
  "client-sfn": "states",
  "client-sqs": "sqs",
  "client-sts": "sts",
};

/** Where the action is not the command's own name (service authorization reference). */
const otherwise: Readonly<Record<string, readonly string[]>> = {
  "lib-dynamodb.BatchGetCommand": ["dynamodb:BatchGetItem"],
  "lib-dynamodb.DeleteCommand": ["dynamodb:DeleteItem"],
  "lib-dynamodb.GetCommand": ["dynamodb:GetItem"],
  "lib-dynamodb.PutCommand": ["dynamodb:PutItem"],
  "lib-dynamodb.QueryCommand": ["dynamodb:Query"],
  "client-ecs.RegisterTaskDefinitionCommand": ["ecs:RegisterTaskDefinition", "iam:PassRole"],
  "client-ecs.RunTaskCommand": ["ecs:RunTask", "iam:PassRole"],
  "client-s3.CopyObjectCommand": ["s3:GetObject", "s3:PutObject"],
  "client-s3.DeleteObjectsCommand": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
  "client-s3.GetPublicAccessBlockCommand": ["s3:GetBucketPublicAccessBlock"],
  "client-s3.HeadBucketCommand": ["s3:ListBucket"],
  "client-s3.HeadObjectCommand": ["s3:GetObject"],
  "client-s3.ListObjectVersionsCommand": ["s3:ListBucketVersions"],
  "client-s3.ListObjectsV2Command": ["s3:ListBucket"],
};

function actionsOf(command: string): readonly string[] {
  const [client = "", name = ""] = command.split(".");
  const known =
    otherwise[command] ?? (services[client] ? [`${services[client]}:${name.replace(/Command$/, "")}`] : undefined);
  if (!known) throw new Error(`No IAM action is known for ${command}.`);
  return known;
}
