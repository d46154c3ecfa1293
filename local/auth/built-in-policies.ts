// Policies that come with the region: those people choose by name, and those of the processes the region runs itself.
import { names } from "../region/deployment.ts";
import type { PolicyDocument, PolicyStatement } from "./policy-grammar.ts";

/** Policies `hangar auth keys create --policy` knows by name (docs/access.md). */
export const namedPolicies = {
  /** Everything, keys and policies included. */
  admin: document([allow(["*"], ["*"])]),
  /** Looks, and may sign in to Airflow as a viewer. */
  "read-only": document([
    allow(["airflow:Get*", "airflow:List*"], ["*"]),
    allow(["airflow:CreateWebLoginToken", "airflow:InvokeRestApi"], ["arn:aws:airflow:*:*:role/*/Viewer"]),
    allow(["logs:Describe*", "logs:Filter*", "logs:Get*"], ["*"]),
    allow(["cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*"], ["*"]),
    allow(["sts:GetCallerIdentity"], ["*"]),
  ]),
  /** Runs DAGs: changes environments, uploads, uses Airflow as Op. Makes and deletes no environment and no key. */
  operate: document([
    allow(
      [
        "airflow:Get*",
        "airflow:List*",
        "airflow:UpdateEnvironment",
        "airflow:PublishMetrics",
        "airflow:TagResource",
        "airflow:UntagResource",
      ],
      ["*"],
    ),
    allow(["airflow:CreateCliToken"], ["arn:aws:airflow:*:*:environment/*"]),
    allow(
      ["airflow:CreateWebLoginToken", "airflow:InvokeRestApi"],
      ["Op", "User", "Viewer"].map((role) => `arn:aws:airflow:*:*:role/*/${role}`),
    ),
    allow(["s3:Get*", "s3:List*", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], ["*"]),
    deny(["s3:*"], controlBucket()),
    allow(["logs:Describe*", "logs:Filter*", "logs:Get*"], ["*"]),
    allow(["cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*"], ["*"]),
    allow(["sts:GetCallerIdentity"], ["*"]),
  ]),
} as const satisfies Readonly<Record<string, PolicyDocument>>;

/** The roles of the processes the region runs: no environment may name one, and nobody may give one a policy. */
export const ownRoles: readonly string[] = [
  "hangar-functions",
  "hangar-tasks",
  "hangar-builders",
  "hangar-task-execution",
];

/** What the region's functions call: the ports' permissions of stacks/permissions.ts, in the names of one machine. */
export const functionsPolicy = document([
  allow(
    ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"],
    [`arn:aws:dynamodb:*:*:table/${names.table}`, `arn:aws:dynamodb:*:*:table/${names.table}/index/*`],
  ),
  allow(["states:StartExecution"], [`arn:aws:states:*:*:stateMachine:${names.stateMachinePrefix}*`]),
  allow(
    ["states:DescribeExecution", "states:StopExecution"],
    [`arn:aws:states:*:*:execution:${names.stateMachinePrefix}*`],
  ),
  // Users' buckets are read under the execution role of their environment.
  allow(
    [
      "s3:ListBucket",
      "s3:ListBucketVersions",
      "s3:GetObject",
      "s3:PutObject",
      "s3:DeleteObject",
      "s3:DeleteObjectVersion",
    ],
    controlBucket(),
  ),
  allow(
    [
      "secretsmanager:CreateSecret",
      "secretsmanager:PutSecretValue",
      "secretsmanager:DeleteSecret",
      "secretsmanager:DescribeSecret",
      "secretsmanager:GetSecretValue",
    ],
    ["arn:aws:secretsmanager:*:*:secret:hangar/*"],
  ),
  allow(
    ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:SetQueueAttributes"],
    ["arn:aws:sqs:*:*:airflow-celery-*"],
  ),
  // Reminders to scaling: the one queue of Hangar's own that functions write to.
  allow(["sqs:SendMessage"], ["arn:aws:sqs:*:*:hangar-scaling"]),
  // ECS and load balancing name their resources in many ways; the region tells no more than the action of such a call.
  allow(["ecs:*", "elasticloadbalancing:*", "cloudwatch:*", "logs:*"], ["*"]),
  ...executionRoles(),
  allow(["sts:GetCallerIdentity"], ["*"]),
]);

/** What DAG code may do with services of the region: everything but with what is Hangar's own. */
const dagStatements: readonly PolicyStatement[] = [
  allowExcept(["s3:*"], controlBucket()),
  allowExcept(["sqs:*"], ["arn:aws:sqs:*:*:hangar-*", "arn:aws:sqs:*:*:airflow-celery-*"]),
  allowExcept(["secretsmanager:*"], ["arn:aws:secretsmanager:*:*:secret:hangar/*"]),
  allowExcept(
    ["dynamodb:*"],
    [`arn:aws:dynamodb:*:*:table/${names.table}`, `arn:aws:dynamodb:*:*:table/${names.table}/*`],
  ),
  allowExcept(["states:*"], [`arn:aws:states:*:*:*:${names.stateMachinePrefix}*`]),
  allowExcept(["cloudwatch:*"], ["arn:aws:cloudwatch:*:*:alarm:hangar-*"]),
  allow(["cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*"], ["*"]),
  allow(["logs:*", "events:PutEvents", "sts:GetCallerIdentity"], ["*"]),
  // Which Airflow role another environment gives is its own table's choice: the paths that name a role stay closed.
  allow(["airflow:Get*", "airflow:List*"], ["*"]),
  allow(
    ["airflow:CreateCliToken", "airflow:CreateWebLoginToken", "airflow:InvokeRestApi", "airflow:PublishMetrics"],
    ["arn:aws:airflow:*:*:environment/*"],
  ),
];

/** A role that was assumed and has no policy of its own: roles are taken as written, so it gets what DAG code needs. */
export const assumedRolePolicy = document(dagStatements);

/** Tasks: control document in; reports, checks and DAG status out; the Celery queue, metrics, task protection; and the role whose keys go on to DAG code. */
export const tasksPolicy = document([
  allow(["s3:GetObject"], [`arn:aws:s3:::${names.controlBucket}/environments/*`]),
  allow(["s3:ListBucket"], [`arn:aws:s3:::${names.controlBucket}`]),
  allow(
    ["s3:PutObject"],
    ["reports/*", "checks/*", "dags.json"].map((what) => `arn:aws:s3:::${names.controlBucket}/environments/*/${what}`),
  ),
  allow(
    [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ReceiveMessage",
      "sqs:SendMessage",
    ],
    ["arn:aws:sqs:*:*:airflow-celery-*"],
  ),
  allow(["cloudwatch:PutMetricData"], ["*"]),
  allow(["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"], ["*"]),
  ...executionRoles(),
  allow(["sts:GetCallerIdentity"], ["*"]),
]);

/** Tasks that build layers: the files in, the layer out; and what a user's startup script calls, as in any other task. */
export const buildersPolicy = document([
  ...dagStatements,
  allow(
    ["s3:GetObject"],
    ["blobs/*", "layers/*", "releases/*", "upgrade-checks/*"].map(
      (what) => `arn:aws:s3:::${names.controlBucket}/environments/*/${what}`,
    ),
  ),
  allow(["s3:ListBucket"], [`arn:aws:s3:::${names.controlBucket}`]),
  allow(
    ["s3:PutObject"],
    ["layers/l-*/*", "upgrade-checks/*/result.json"].map(
      (what) => `arn:aws:s3:::${names.controlBucket}/environments/*/${what}`,
    ),
  ),
]);

/** Any role a request may name, but Hangar's own, under any path: naming one must not lend its keys to DAG code. */
function executionRoles(): PolicyStatement[] {
  const own = ownRoles.flatMap((name) => [`arn:aws:iam::*:role/${name}`, `arn:aws:iam::*:role/*/${name}`]);
  return [allow(["sts:AssumeRole"], ["arn:aws:iam::*:role/*"]), deny(["sts:AssumeRole"], own)];
}

function controlBucket(): string[] {
  return [`arn:aws:s3:::${names.controlBucket}`, `arn:aws:s3:::${names.controlBucket}/*`];
}

function allow(actions: readonly string[], resources: readonly string[]): PolicyStatement {
  return { Effect: "Allow", Action: actions, Resource: resources };
}

function allowExcept(actions: readonly string[], resources: readonly string[]): PolicyStatement {
  return { Effect: "Allow", Action: actions, NotResource: resources };
}

function deny(actions: readonly string[], resources: readonly string[]): PolicyStatement {
  return { Effect: "Deny", Action: actions, Resource: resources };
}

function document(statements: readonly PolicyStatement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements };
}
