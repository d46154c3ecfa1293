// One Lambda function for each entry of the wiring, with a role of its own that may do what its ports need and no more.
import { type FunctionName, type FunctionWiring, functions as wiring } from "../functions/wiring.ts";
import { bundling } from "./bundling.ts";
import { stateMachineArnPrefix } from "./machine-names.ts";
import { logicalName, physicalName } from "./names.ts";
import { airflowCallerSecurityGroup, functionSecurityGroup, vpc } from "./network.ts";
import { type Permission, permissionsOf } from "./permissions.ts";
import { pool } from "./pool.ts";
import { queueOf } from "./queues.ts";
import { accountId, logRetentionDays, partition, production, region } from "./settings.ts";
import { table } from "./storage.ts";

const lambdaTrust = aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" });

/** Every function, by its name in the wiring. */
export const functions = Object.fromEntries(
  Object.entries(wiring).map(([name, entry]) => [name, lambda(name, entry)]),
) as Readonly<Record<FunctionName, sst.aws.Function>>;

function lambda(name: string, entry: FunctionWiring): sst.aws.Function {
  return new sst.aws.Function(logicalName(name), {
    name: physicalName(name),
    description: entry.purpose,
    handler: entry.handler,
    runtime: "nodejs24.x",
    architecture: "arm64",
    timeout: `${entry.timeoutSeconds} seconds`,
    memory: `${entry.memoryMegabytes} MB`,
    nodejs: bundling,
    logging: { format: "json", retention: production ? "3 months" : "2 weeks" },
    environment: {
      HANGAR_TABLE: table.name,
      HANGAR_POOL: pool,
      HANGAR_STATE_MACHINE_ARN_PREFIX: stateMachineArnPrefix,
      POWERTOOLS_SERVICE_NAME: "hangar",
      // Lambda's own bundle of Amazon's certificate authorities: PostgreSQL's certificate is checked with it.
      NODE_EXTRA_CA_CERTS: "/var/runtime/ca-cert.pem",
    },
    permissions: [
      ...permissionsOf(entry.ports),
      ...permissionsOfPlace(name, entry),
    ] as sst.aws.FunctionArgs["permissions"],
    ...(entry.inNetwork
      ? { vpc: { privateSubnets: vpc.privateSubnets, securityGroups: [securityGroupOf(entry)] } }
      : {}),
    transform: {
      role: (role) => {
        // SST's trusts every principal of the account as well, and its managed policies write to every log group.
        role.assumeRolePolicy = lambdaTrust;
        role.managedPolicyArns = [];
      },
      logGroup: (group) => {
        group.retentionInDays = logRetentionDays;
      },
    },
  });
}

/** PostgreSQL lets in those that talk to it, and no other function. */
function securityGroupOf({ ports }: FunctionWiring): $util.Output<string> {
  const talks = (["databases", "databaseCopies", "liveDatabase"] as const).some((port) => ports.includes(port));
  return (talks ? functionSecurityGroup : airflowCallerSecurityGroup).id;
}

/** What follows from where a function runs and from what feeds it. */
function permissionsOfPlace(name: string, entry: FunctionWiring): Permission[] {
  const logGroup = $interpolate`arn:${partition}:logs:${region}:${accountId}:log-group:/aws/lambda/${physicalName(name)}`;
  const logs = {
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [$interpolate`${logGroup}:log-stream:*`],
  };
  const queue = queueOf(name);
  const receive = {
    actions: ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
    resources: queue ? [queue.arn] : [],
  };
  return [logs, ...(queue ? [receive] : []), ...(entry.inNetwork ? networkInterfaces(name) : [])];
}

/**
 * Lambda itself attaches a function to the network with the function's role, and these actions know no resources. The
 * second statement keeps the function's own code from using them (AWS Lambda developer guide, "Giving Lambda functions
 * access to resources in an Amazon VPC").
 */
function networkInterfaces(name: string): Permission[] {
  const actions = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
  ];
  const self = $interpolate`arn:${partition}:lambda:${region}:${accountId}:function:${physicalName(name)}`;
  return [
    { actions, resources: ["*"] },
    {
      effect: "deny",
      actions,
      resources: ["*"],
      conditions: [{ test: "ArnEquals", variable: "lambda:SourceFunctionArn", values: [self] }],
    },
  ];
}
