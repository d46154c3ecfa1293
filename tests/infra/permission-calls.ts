// Calls that must work and calls that must not: role, action, resource. The table a reviewer reads first.

export interface Call {
  readonly who: string;
  /** A function of the wiring, or a role's logical name. */
  readonly role: string;
  readonly verb: "may" | "may not";
  readonly action: string;
  readonly resource: string;
  readonly context: Record<string, string | string[]>;
}

const here = (service: string, resource: string) => `arn:aws:${service}:eu-west-1:123456789012:${resource}`;
const table = here("dynamodb", "table/hangar-test-TableTable-bdvfbzta");
const control = "arn:aws:s3:::hangar-test-controlbucket-bdvfbzta";
const cluster = here("ecs", "cluster/hangar-test-tasks");
const listener = "app/LoadBalancerListenerHTTPS443/50dc6c495c0c9188/f2f7dc8efc522ab2";
const masterSecret = here("secretsmanager", "secret:rds!cluster-Database-AbCdEf");
const environmentSecret = here("secretsmanager", "secret:hangar/environments/e0123456789-AbCdEf");
const keys = (...values: string[]) => ({ "dynamodb:LeadingKeys": values });
const userRole = "arn:aws:iam::123456789012:role/airflow";
const forEnvironment = (name: string) => ({ "sts:ExternalId": here("airflow", `environment/${name}`) });
const ownAccount = { "aws:ResourceAccount": "123456789012" };

const rows: readonly (readonly [string, Call["verb"], string, string, Call["context"]?])[] = [
  ["create-environment", "may", "dynamodb:PutItem", table, keys("environment#first")],
  ["create-environment", "may", "dynamodb:PutItem", table, keys("operation#abc")],
  ["create-environment", "may", "states:StartExecution", here("states", "stateMachine:hangar-test-create-environment")],
  [
    "create-environment",
    "may not",
    "states:StartExecution",
    here("states", "stateMachine:hangar-production-create-environment"),
  ],
  ["create-environment", "may not", "states:StartExecution", here("states", "stateMachine:somebody-elses")],
  ["create-environment", "may", "sts:AssumeRole", userRole, forEnvironment("first")],
  ["create-environment", "may not", "sts:AssumeRole", userRole, { "sts:ExternalId": "anything-else" }],
  ["create-environment", "may not", "sts:AssumeRole", userRole],
  [
    "create-environment",
    "may not",
    "sts:AssumeRole",
    "arn:aws:iam::999999999999:role/airflow",
    forEnvironment("first"),
  ],
  ["get-environment", "may not", "sts:AssumeRole", userRole, forEnvironment("first")],
  ["create-environment", "may not", "s3:GetBucketVersioning", "arn:aws:s3:::my-dags", ownAccount],
  ["create-environment", "may not", "s3:PutObject", "arn:aws:s3:::my-dags/dags/a.py", ownAccount],
  ["create-environment", "may", "s3:PutObject", `${control}/environments/e0123456789/configuration/1.json`],
  ["get-environment", "may", "dynamodb:GetItem", table, keys("environment#first")],
  ["get-environment", "may not", "dynamodb:GetItem", table, keys("operation#abc")],
  [
    "get-environment",
    "may not",
    "states:StartExecution",
    here("states", "stateMachine:hangar-test-delete-environment"),
  ],
  ["list-environments", "may", "dynamodb:Query", `${table}/index/byKind`, keys("environment")],
  ["list-environments", "may not", "dynamodb:Scan", table],
  ["sweep-operations", "may", "dynamodb:BatchGetItem", table, keys("environment#first", "environment#second")],
  ["get-environment", "may not", "dynamodb:BatchGetItem", table, keys("environment#first", "operation#abc")],
  [
    "sweep-operations",
    "may",
    "states:DescribeExecution",
    here("states", "execution:hangar-test-create-environment:create-e0123456789-1-1"),
  ],
  ["settle-operation", "may", "cloudwatch:PutMetricData", "*", { "cloudwatch:namespace": "Hangar/MWAA" }],
  ["settle-operation", "may not", "cloudwatch:PutMetricData", "*", { "cloudwatch:namespace": "AmazonMWAA" }],
  ["create-secrets", "may", "secretsmanager:CreateSecret", environmentSecret],
  ["create-secrets", "may not", "secretsmanager:GetSecretValue", here("secretsmanager", "secret:payroll-AbCdEf")],
  ["create-queue", "may", "sqs:CreateQueue", here("sqs", "airflow-celery-e0123456789-g1")],
  ["create-queue", "may not", "sqs:DeleteQueue", here("sqs", "orders")],
  ["clone-databases", "may", "secretsmanager:GetSecretValue", masterSecret],
  ["copy-database", "may", "secretsmanager:GetSecretValue", masterSecret],
  ["pause-scheduling", "may not", "secretsmanager:GetSecretValue", masterSecret],
  ["create-secrets", "may not", "secretsmanager:GetSecretValue", masterSecret],
  ["deploy-services", "may", "ecs:CreateService", here("ecs", "service/hangar-test-tasks/hangar-e0123456789-web-g1")],
  ["deploy-services", "may not", "ecs:CreateService", here("ecs", "service/shop/hangar-e0123456789-web-g1")],
  ["deploy-services", "may not", "ecs:DeleteService", here("ecs", "service/hangar-test-tasks/somebody-elses")],
  ["deploy-services", "may", "ecs:RegisterTaskDefinition", here("ecs", "task-definition/hangar-e0123456789-web-g1:1")],
  [
    "deploy-services",
    "may",
    "iam:PassRole",
    "arn:aws:iam::123456789012:role/TaskRole",
    { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
  ],
  [
    "deploy-services",
    "may not",
    "iam:PassRole",
    "arn:aws:iam::123456789012:role/Administrator",
    { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
  ],
  [
    "deploy-services",
    "may not",
    "iam:PassRole",
    "arn:aws:iam::123456789012:role/TaskRole",
    { "iam:PassedToService": "lambda.amazonaws.com" },
  ],
  [
    "deploy-services",
    "may",
    "elasticloadbalancing:CreateTargetGroup",
    here("elasticloadbalancing", "targetgroup/hangar-e0123456789-g1/73e2d6bc24d8a067"),
  ],
  ["deploy-services", "may", "elasticloadbalancing:CreateRule", here("elasticloadbalancing", `listener/${listener}`)],
  [
    "deploy-services",
    "may",
    "elasticloadbalancing:ModifyRule",
    here("elasticloadbalancing", `listener-rule/${listener}/9683b2d02a6cabee`),
  ],
  [
    "remove-services",
    "may",
    "elasticloadbalancing:DeleteRule",
    here("elasticloadbalancing", `listener-rule/${listener}/9683b2d02a6cabee`),
  ],
  [
    "remove-services",
    "may not",
    "elasticloadbalancing:DeleteRule",
    here("elasticloadbalancing", "listener-rule/app/shop/1/2/3"),
  ],
  [
    "migrate-template",
    "may",
    "ecs:RunTask",
    here("ecs", "task-definition/hangar-migrate-3-3-1:1"),
    { "ecs:cluster": cluster },
  ],
  [
    "migrate-template",
    "may not",
    "ecs:RunTask",
    here("ecs", "task-definition/hangar-migrate-3-3-1:1"),
    { "ecs:cluster": here("ecs", "cluster/shop") },
  ],
  ["migrate-template", "may", "ec2:CreateNetworkInterface", here("ec2", "network-interface/*")],
  [
    "migrate-template",
    "may not",
    "ec2:CreateNetworkInterface",
    here("ec2", "network-interface/*"),
    { "lambda:SourceFunctionArn": here("lambda", "function:hangar-test-migrate-template") },
  ],
  ["update-environment", "may", "states:StartExecution", here("states", "stateMachine:hangar-test-update-environment")],
  ["list-operations", "may", "dynamodb:Query", `${table}/index/byKind`, keys("operations-of#first")],
  ["get-access", "may not", "dynamodb:Query", `${table}/index/byKind`, keys("operations-of#first")],
  [
    "create-web-login-token",
    "may",
    "secretsmanager:GetSecretValue",
    here("secretsmanager", "secret:hangar/sign-in/e0123456789-AbCdEf"),
  ],
  ["invoke-rest-api", "may not", "secretsmanager:GetSecretValue", masterSecret],
  ["invoke-rest-api", "may not", "dynamodb:GetItem", table, keys("operation#abc")],
  ["limit-connections", "may", "secretsmanager:GetSecretValue", masterSecret],
  ["expire-snapshots", "may", "secretsmanager:GetSecretValue", masterSecret],
  ["plan-update", "may", "s3:GetObject", `${control}/environments/e0123456789/configuration/abc.json`],
  ["scale-services", "may", "ecs:UpdateService", here("ecs", "service/hangar-test-tasks/hangar-e0123456789-worker-g1")],
  ["scale-services", "may not", "ecs:UpdateService", here("ecs", "service/hangar-test-tasks/somebody-elses")],
  ["sweep-operations", "may", "ecs:StopTask", here("ecs", "task/hangar-test-tasks/0123456789abcdef")],
  ["sweep-operations", "may not", "ecs:StopTask", here("ecs", "task/shop/0123456789abcdef")],
  ["check-services", "may", "s3:ListBucket", control, { "s3:prefix": "environments/e0123456789/reports/" }],
  ["check-services", "may not", "s3:ListBucket", control, { "s3:prefix": "" }],
  ["remove-storage", "may", "s3:DeleteObjectVersion", `${control}/environments/e0123456789/control.json`],
  ["source-objects-changed", "may", "sqs:ReceiveMessage", here("sqs", "hangar-test-source-changes")],
  ["source-objects-changed", "may not", "sqs:ReceiveMessage", here("sqs", "airflow-celery-e0123456789-g1")],
  ["TaskRole", "may", "s3:GetObject", `${control}/environments/e0123456789/control.json`],
  ["TaskRole", "may", "s3:PutObject", `${control}/environments/e0123456789/reports/abc.json`],
  ["TaskRole", "may", "s3:PutObject", `${control}/environments/e0123456789/checks/r2-0a1b2c3d.json`],
  ["TaskRole", "may", "s3:PutObject", `${control}/environments/e0123456789/dags.json`],
  ["TaskRole", "may not", "s3:PutObject", `${control}/environments/e0123456789/control.json`],
  ["TaskRole", "may", "sqs:SendMessage", here("sqs", "airflow-celery-e0123456789-g1")],
  ["TaskRole", "may not", "sqs:SendMessage", here("sqs", "hangar-test-source-changes")],
  ["TaskRole", "may not", "dynamodb:GetItem", table, keys("environment#first")],
  ["TaskRole", "may not", "secretsmanager:GetSecretValue", environmentSecret],
  ["TaskRole", "may", "sts:AssumeRole", userRole, forEnvironment("first")],
  ["TaskRole", "may not", "sts:AssumeRole", userRole],
  ["TaskRole", "may not", "s3:GetObject", "arn:aws:s3:::my-dags/dags/a.py", ownAccount],
  ["BuilderRole", "may not", "sts:AssumeRole", userRole, forEnvironment("first")],
  ["BuilderRole", "may", "s3:GetObject", `${control}/environments/e0123456789/blobs/${"a".repeat(64)}`],
  ["BuilderRole", "may", "s3:PutObject", `${control}/environments/e0123456789/layers/l-0a1b2c/layer.tar`],
  ["BuilderRole", "may not", "s3:PutObject", `${control}/environments/e0123456789/layers/build.json`],
  ["BuilderRole", "may not", "s3:PutObject", `${control}/environments/e0123456789/control.json`],
  ["BuilderRole", "may not", "s3:PutObject", `${control}/environments/e0123456789/blobs/${"a".repeat(64)}`],
  ["BuilderRole", "may not", "s3:GetObject", `${control}/environments/e0123456789/configuration/1.json`],
  ["BuilderRole", "may not", "sqs:SendMessage", here("sqs", "airflow-celery-e0123456789-g1")],
  ["BuilderRole", "may", "logs:CreateLogGroup", here("logs", "log-group:airflow-first-Worker")],
  [
    "BuilderRole",
    "may",
    "logs:PutLogEvents",
    here("logs", "log-group:airflow-first-Worker:log-stream:requirements_install_1.log"),
  ],
  ["BuilderRole", "may not", "logs:PutLogEvents", here("logs", "log-group:/aws/lambda/shop:log-stream:1")],
  ["BuilderRole", "may not", "logs:DeleteLogGroup", here("logs", "log-group:airflow-first-Worker")],
  // Components' lines and task logs are written with the keys of the execution role.
  ["TaskRole", "may not", "logs:PutLogEvents", here("logs", "log-group:airflow-first-Worker:log-stream:worker_1.log")],
  ["TaskRole", "may not", "s3:PutObject", `${control}/environments/e0123456789/layers/l-0a1b2c/layer.tar`],
  [
    "build-layer",
    "may",
    "ecs:RunTask",
    here("ecs", "task-definition/hangar-e0123456789-layer:1"),
    { "ecs:cluster": cluster },
  ],
  ["build-layer", "may", "s3:PutObject", `${control}/environments/e0123456789/blobs/${"a".repeat(64)}`],
  ["build-layer", "may", "sts:AssumeRole", userRole, forEnvironment("first")],
  ["build-layer", "may not", "s3:GetObjectVersion", "arn:aws:s3:::my-dags/plugins.zip", ownAccount],
  ["source-objects-changed", "may not", "s3:GetObject", "arn:aws:s3:::my-dags/dags/a.py", ownAccount],
  ["build-layer", "may not", "secretsmanager:GetSecretValue", environmentSecret],
  [
    "build-layer",
    "may",
    "iam:PassRole",
    "arn:aws:iam::123456789012:role/BuilderRole",
    { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
  ],
  ["reconcile-layers", "may", "states:StartExecution", here("states", "stateMachine:hangar-test-update-environment")],
  ["TaskExecutionRole", "may", "secretsmanager:GetSecretValue", environmentSecret],
  [
    "TaskExecutionRole",
    "may not",
    "secretsmanager:GetSecretValue",
    here("secretsmanager", "secret:hangar/sign-in/e0123456789-AbCdEf"),
  ],
  [
    "UpdateEnvironmentMachineRole",
    "may",
    "lambda:InvokeFunction",
    here("lambda", "function:hangar-test-drain-workers"),
  ],
  [
    "UpdateEnvironmentMachineRole",
    "may not",
    "lambda:InvokeFunction",
    here("lambda", "function:hangar-test-drop-databases"),
  ],
  [
    "UpgradeEnvironmentMachineRole",
    "may",
    "lambda:InvokeFunction",
    here("lambda", "function:hangar-test-copy-database"),
  ],
  [
    "UpgradeEnvironmentMachineRole",
    "may not",
    "lambda:InvokeFunction",
    here("lambda", "function:hangar-test-drop-databases"),
  ],
  ["migrate-database", "may", "secretsmanager:GetSecretValue", masterSecret],
  [
    "requeue-tasks",
    "may not",
    "ecs:RunTask",
    here("ecs", "task-definition/hangar-migrate-3-3-1:1"),
    { "ecs:cluster": cluster },
  ],
  ["CreateEnvironmentMachineRole", "may", "lambda:InvokeFunction", here("lambda", "function:hangar-test-create-queue")],
  [
    "CreateEnvironmentMachineRole",
    "may not",
    "lambda:InvokeFunction",
    here("lambda", "function:hangar-test-drop-databases"),
  ],
];

/** Every row, with what the test's name says. */
export const calls: readonly Call[] = rows.map(([role, verb, action, resource, context = {}]) => ({
  who: Object.keys(context).length > 0 ? `${role} (${Object.values(context).flat().join(", ")})` : role,
  role,
  verb,
  action,
  resource,
  context,
}));
