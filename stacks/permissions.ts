// What a function may do, from the ports its wiring names: exact actions on exact resources. A port's list is what its
// adapter in shared/aws calls; a test compares the two.
import type { PortName } from "../functions/wiring.ts";
import { machines } from "../state-machines/contract.ts";
import { cluster, taskLogGroup } from "./compute.ts";
import { databaseSecretArn } from "./database.ts";
import { listenerArn } from "./load-balancer.ts";
import { executionArns, stateMachineArnPrefix } from "./machine-names.ts";
import { queues } from "./queues.ts";
import { accountId, partition, region } from "./settings.ts";
import { controlBucket, table } from "./storage.ts";
import { assumeExecutionRole, builderRole, taskExecutionRole, taskRole } from "./task-roles.ts";

type Input<Value> = $util.Input<Value>;

export interface Permission {
  readonly effect?: "allow" | "deny";
  readonly actions: string[];
  readonly resources: Input<string>[];
  readonly conditions?: { readonly test: string; readonly variable: string; readonly values: Input<string>[] }[];
}

/** The statements of a function's role that follow from its ports. */
export const permissionsOf = (ports: readonly PortName[]): Permission[] => ports.flatMap((port) => permissions[port]);

const own = (service: string, resource: Input<string>) =>
  $interpolate`arn:${partition}:${service}:${region}:${accountId}:${resource}`;
const clusterName = cluster.nodes.cluster.name;
const onCluster = { test: "ArnEquals", variable: "ecs:cluster", values: [cluster.nodes.cluster.arn] };

/** Items by their partition key, so that a function that needs environments cannot read plans, and the other way round. */
const itemsOf = (keys: string, kinds: string): Permission[] => [
  {
    actions: ["dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"],
    resources: [table.arn],
    conditions: [{ test: "ForAllValues:StringLike", variable: "dynamodb:LeadingKeys", values: [keys] }],
  },
  {
    actions: ["dynamodb:Query"],
    resources: [$interpolate`${table.arn}/index/byKind`],
    conditions: [{ test: "ForAllValues:StringLike", variable: "dynamodb:LeadingKeys", values: [kinds] }],
  },
];

/** Names under which Hangar makes things (shared/domain/names.ts). */
const secrets = own("secretsmanager", "secret:hangar/*");
const celeryQueues = own("sqs", "airflow-celery-*");
const environmentObjects = $interpolate`${controlBucket.arn}/environments/*`;

const permissions: Readonly<Record<PortName, Permission[]>> = {
  environments: itemsOf("environment#*", "environment"),
  operations: itemsOf("operation#*", "operations-of#*"),
  snapshots: itemsOf("snapshot#*", "snapshot"),

  workflows: [
    {
      actions: ["states:StartExecution"],
      resources: machines.map((machine) => $interpolate`${stateMachineArnPrefix}${machine.name}`),
    },
    { actions: ["states:DescribeExecution"], resources: machines.map((machine) => executionArns(machine.name)) },
  ],

  // Source buckets are looked at and read under the execution role of the environment, whose trust decides.
  sourceBuckets: [assumeExecutionRole],

  controlBucket: [
    {
      actions: ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:PutObject"],
      resources: [environmentObjects],
    },
    {
      actions: ["s3:ListBucket", "s3:ListBucketVersions"],
      resources: [controlBucket.arn],
      conditions: [{ test: "StringLike", variable: "s3:prefix", values: ["environments/*"] }],
    },
  ],

  secretVault: [
    {
      actions: [
        "secretsmanager:CreateSecret",
        "secretsmanager:DeleteSecret",
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
      ],
      resources: [secrets],
    },
  ],

  taskQueues: [
    {
      actions: ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:GetQueueUrl", "sqs:SetQueueAttributes"],
      resources: [celeryQueues],
    },
  ],

  // PostgreSQL itself is guarded by its password and its security group.
  databases: [{ actions: ["secretsmanager:GetSecretValue"], resources: [databaseSecretArn] }],
  databaseCopies: [{ actions: ["secretsmanager:GetSecretValue"], resources: [databaseSecretArn] }],
  liveDatabase: [{ actions: ["secretsmanager:GetSecretValue"], resources: [databaseSecretArn] }],

  containers: [
    {
      // These three know no resources.
      actions: ["ecs:DeregisterTaskDefinition", "ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions"],
      resources: ["*"],
    },
    { actions: ["ecs:RegisterTaskDefinition"], resources: [own("ecs", "task-definition/hangar-*:*")] },
    {
      actions: ["ecs:CreateService", "ecs:DeleteService", "ecs:DescribeServices", "ecs:UpdateService"],
      resources: [own("ecs", $interpolate`service/${clusterName}/hangar-*`)],
    },
    { actions: ["ecs:RunTask"], resources: [own("ecs", "task-definition/hangar-*:*")], conditions: [onCluster] },
    // ListTasks knows only container instances, which Fargate has none of: the cluster is what bounds it.
    { actions: ["ecs:ListTasks"], resources: ["*"], conditions: [onCluster] },
    {
      actions: ["ecs:DescribeTasks", "ecs:StopTask"],
      resources: [own("ecs", $interpolate`task/${clusterName}/*`)],
    },
    {
      actions: ["iam:PassRole"],
      resources: [taskExecutionRole.arn, taskRole.arn, builderRole.arn],
      conditions: [{ test: "StringEquals", variable: "iam:PassedToService", values: ["ecs-tasks.amazonaws.com"] }],
    },
  ],

  taskOutput: [
    { actions: ["logs:GetLogEvents"], resources: [$interpolate`${taskLogGroup.arn}:log-stream:*`] },
    { actions: ["ecs:ListTasks"], resources: ["*"], conditions: [onCluster] },
    { actions: ["ecs:DescribeTasks"], resources: [own("ecs", $interpolate`task/${clusterName}/*`)] },
  ],

  // GetMetricData knows no resources.
  loadMetrics: [{ actions: ["cloudwatch:GetMetricData"], resources: ["*"] }],

  alarms: [
    {
      actions: ["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"],
      resources: [own("cloudwatch", "alarm:hangar-*")],
    },
  ],

  // PutMetricData knows no resources; the namespace is what can be bounded.
  operationOutcomes: [
    {
      actions: ["cloudwatch:PutMetricData"],
      resources: ["*"],
      conditions: [{ test: "StringEquals", variable: "cloudwatch:namespace", values: ["Hangar/MWAA"] }],
    },
  ],

  reminders: [{ actions: ["sqs:SendMessage"], resources: [queues["hangar-scaling"]!.queue.arn] }],

  // Environments' own addresses are guarded by their sign-in and by security groups.
  airflowRest: [],

  webAddresses: [
    {
      // Reading knows no resources.
      actions: ["elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTargetGroups"],
      resources: ["*"],
    },
    {
      actions: ["elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:DeleteTargetGroup"],
      resources: [own("elasticloadbalancing", "targetgroup/hangar-*/*")],
    },
    { actions: ["elasticloadbalancing:CreateRule"], resources: [listenerArn] },
    {
      actions: ["elasticloadbalancing:DeleteRule", "elasticloadbalancing:ModifyRule"],
      // A rule's ARN is its listener's, with `listener-rule` for `listener` and an id behind.
      resources: [$interpolate`${listenerArn.apply((arn) => arn.replace(":listener/", ":listener-rule/"))}/*`],
    },
  ],
};
