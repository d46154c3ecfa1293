// The two roles a task has: one for ECS to start it, one for what runs in it. DAG code shares the task with the second, so
// it may do no more than the agent and the Celery worker need; what DAG code itself calls is the execution role's.
import { cluster, repository, taskLogGroup } from "./compute.ts";
import { accountId, partition, region } from "./settings.ts";
import { controlBucket } from "./storage.ts";

/** ECS only, and only for tasks of this account: without it another account's cluster could be the confused deputy. */
const trust = aws.iam.getPolicyDocumentOutput({
  statements: [
    {
      actions: ["sts:AssumeRole"],
      principals: [{ type: "Service", identifiers: ["ecs-tasks.amazonaws.com"] }],
      conditions: [{ test: "StringEquals", variable: "aws:SourceAccount", values: [accountId] }],
    },
  ],
}).json;

/**
 * The role a request names, of any name, but only on behalf of an environment: a role whose trust asks for that
 * environment's ARN as external id is lent to no other, and one that asks for none is not what its owner meant.
 */
export const assumeExecutionRole = {
  sid: "ExecutionRole",
  actions: ["sts:AssumeRole"],
  resources: [$interpolate`arn:${partition}:iam::${accountId}:role/*`],
  conditions: [
    {
      test: "StringLike",
      variable: "sts:ExternalId",
      values: [$interpolate`arn:${partition}:airflow:${region}:${accountId}:environment/*`],
    },
  ],
};

/** Pulls the image, reads the secrets named in the task definition, writes the first log lines. */
export const taskExecutionRole = new aws.iam.Role("TaskExecutionRole", {
  assumeRolePolicy: trust,
  inlinePolicies: [
    {
      name: "inline",
      policy: aws.iam.getPolicyDocumentOutput({
        statements: [
          { sid: "Login", actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
          {
            sid: "Pull",
            actions: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            resources: [repository.arn],
          },
          {
            sid: "Logs",
            actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
            resources: [$interpolate`${taskLogGroup.arn}:log-stream:*`],
          },
          {
            sid: "Secrets",
            actions: ["secretsmanager:GetSecretValue"],
            // Not `hangar/sign-in/*`: the keys that sign people in stay with the control plane.
            resources: ["environments", "templates", "copies"].map(
              (kind) => $interpolate`arn:${partition}:secretsmanager:${region}:${accountId}:secret:hangar/${kind}/*`,
            ),
          },
        ],
      }).json,
    },
  ],
});

/**
 * What a task that builds a layer, or tries what runs under another version, needs: the files in, the layer or what was found
 * out, log lines. Users' code runs in it (packages that are
 * built, the startup script), so it may write nothing agents or functions take orders from.
 */
export const builderRole = new aws.iam.Role("BuilderRole", {
  assumeRolePolicy: trust,
  inlinePolicies: [
    {
      name: "inline",
      policy: aws.iam.getPolicyDocumentOutput({
        statements: [
          {
            sid: "Read",
            actions: ["s3:GetObject"],
            resources: ["blobs/*", "layers/*", "releases/*", "upgrade-checks/*"].map(
              (what) => $interpolate`${controlBucket.arn}/environments/*/${what}`,
            ),
          },
          {
            // As for the agent: without it a missing object could not be told from a closed one.
            sid: "List",
            actions: ["s3:ListBucket"],
            resources: [controlBucket.arn],
            conditions: [{ test: "StringLike", variable: "s3:prefix", values: ["environments/*"] }],
          },
          {
            sid: "Result",
            actions: ["s3:PutObject"],
            resources: ["layers/l-*/*", "upgrade-checks/*/result.json"].map(
              (what) => $interpolate`${controlBucket.arn}/environments/*/${what}`,
            ),
          },
          {
            // What pip and the startup script say, in the groups of those who will run on the layer.
            sid: "Logs",
            actions: ["logs:CreateLogGroup"],
            resources: [$interpolate`arn:${partition}:logs:${region}:${accountId}:log-group:airflow-*`],
          },
          {
            sid: "LogStreams",
            actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
            resources: [$interpolate`arn:${partition}:logs:${region}:${accountId}:log-group:airflow-*:log-stream:*`],
          },
        ],
      }).json,
    },
  ],
});

/** What the agent and Celery need (design, section 6): control document in; reports, checks and DAG status out; queue, metrics, task protection; the role whose keys go on to DAG code. */
export const taskRole = new aws.iam.Role("TaskRole", {
  assumeRolePolicy: trust,
  inlinePolicies: [
    {
      name: "inline",
      policy: aws.iam.getPolicyDocumentOutput({
        statements: [
          { sid: "Read", actions: ["s3:GetObject"], resources: [$interpolate`${controlBucket.arn}/environments/*`] },
          {
            // Without it S3 answers 403 for an object that is not there, and an agent could not tell the two apart.
            sid: "List",
            actions: ["s3:ListBucket"],
            resources: [controlBucket.arn],
            conditions: [{ test: "StringLike", variable: "s3:prefix", values: ["environments/*"] }],
          },
          {
            sid: "Report",
            actions: ["s3:PutObject"],
            resources: ["reports/*", "checks/*", "dags.json"].map(
              (what) => $interpolate`${controlBucket.arn}/environments/*/${what}`,
            ),
          },
          {
            sid: "Queue",
            actions: [
              "sqs:ChangeMessageVisibility",
              "sqs:DeleteMessage",
              "sqs:GetQueueAttributes",
              "sqs:GetQueueUrl",
              "sqs:ReceiveMessage",
              "sqs:SendMessage",
            ],
            resources: [$interpolate`arn:${partition}:sqs:${region}:${accountId}:airflow-celery-*`],
          },
          {
            // PutMetricData knows no resources; the namespace is what can be bounded.
            sid: "Metrics",
            actions: ["cloudwatch:PutMetricData"],
            resources: ["*"],
            conditions: [
              {
                test: "StringLike",
                variable: "cloudwatch:namespace",
                values: ["AmazonMWAA", "AWS/MWAA", "Hangar", "Hangar/*"],
              },
            ],
          },
          assumeExecutionRole,
          {
            sid: "Protection",
            actions: ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"],
            resources: [$interpolate`arn:${partition}:ecs:${region}:${accountId}:task/${cluster.nodes.cluster.name}/*`],
          },
        ],
      }).json,
    },
  ],
});
