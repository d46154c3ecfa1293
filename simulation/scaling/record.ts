// The record scaling finds: a real create's, so that it has a real one's size, which is what DynamoDB is paid by.
import type { EnvironmentItem } from "../../shared/domain/items.ts";
import { planCreate } from "../../shared/domain/plan-create.ts";
import { Pool } from "../../shared/domain/pool.ts";

const account = "000000000000";

/** A pool as the one in AWS (stacks/pool.ts), with scaling's usual facts. */
export const samplePool: Pool = Pool.parse({
  poolId: "hangar-simulation",
  partition: "aws",
  region: "us-east-1",
  accountId: account,
  zones: 2,
  cluster: "hangar",
  controlBucket: "hangar-control",
  queueUrlPrefix: `https://sqs.us-east-1.amazonaws.com/${account}/`,
  scalingQueueUrl: `https://sqs.us-east-1.amazonaws.com/${account}/hangar-scaling`,
  database: { host: "database", port: 5432, adminSecretId: "hangar/pool/database", sslMode: "verify-full" },
  web: { kind: "domain", domain: "airflow.example.com", scheme: "https" },
  loadBalancer: {
    listenerArn: `arn:aws:elasticloadbalancing:us-east-1:${account}:listener/app/hangar/1/1`,
    vpcId: "vpc-1",
  },
  network: { subnetIds: ["subnet-a", "subnet-b"], securityGroupIds: ["sg-a"] },
  roles: {
    taskExecutionRoleArn: `arn:aws:iam::${account}:role/hangar-execution`,
    taskRoleArn: `arn:aws:iam::${account}:role/hangar-task`,
    builderRoleArn: `arn:aws:iam::${account}:role/hangar-builder`,
  },
  images: { "3.3.1": { image: `${account}.dkr.ecr.us-east-1.amazonaws.com/hangar/airflow:3.3.1` } },
  quotas: { environments: 10_000, workers: 50 },
  pollSeconds: 5,
  agentPollSeconds: 5,
  longestStepSeconds: 60,
  taskLogGroup: "hangar-tasks",
  machineMemory: null,
  sharedLogFolder: null,
});

/** An environment that runs, at its least workers. */
export function sampleRecord(limits: { readonly min: number; readonly max: number }): EnvironmentItem {
  const { environment } = planCreate({
    request: {
      Name: "nightly-reports",
      ExecutionRoleArn: `arn:aws:iam::${account}:role/airflow-execution`,
      SourceBucketArn: "arn:aws:s3:::nightly-reports-dags",
      DagS3Path: "dags",
      EnvironmentClass: "mw1.small",
      NetworkConfiguration: { SubnetIds: ["subnet-a", "subnet-b"], SecurityGroupIds: ["sg-a"] },
      MinWorkers: limits.min,
      MaxWorkers: limits.max,
    },
    requestHash: "0".repeat(64),
    configuration: null,
    bucket: { exists: true, versioned: true, publicAccessBlocked: true },
    found: {},
    pool: samplePool,
    environmentId: "e0000000001",
    operationId: "o".repeat(26),
    caller: `arn:aws:iam::${account}:user/operator`,
    now: 0,
  });
  return { ...environment, status: "AVAILABLE", operationId: null, operationKind: null };
}
