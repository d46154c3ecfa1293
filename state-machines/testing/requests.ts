// An environment that was asked for: the handlers' own doing, on the in-memory world.
import { cloneSnapshot } from "../../functions/api/clone-snapshot.ts";
import { createEnvironment } from "../../functions/api/create-environment.ts";
import { deleteEnvironment } from "../../functions/api/delete-environment.ts";
import { restoreSnapshot } from "../../functions/api/restore-snapshot.ts";
import { updateEnvironment } from "../../functions/api/update-environment.ts";
import type {
  CloneSnapshotRequest,
  DeletionRequest,
  RestoreSnapshotRequest,
} from "../../shared/domain/extension-requests.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import type { CreateEnvironmentRequest, UpdateEnvironmentRequest } from "../../shared/domain/requests.ts";
import { createMemoryWorld } from "../../shared/testing/memory-world.ts";

export const testPool: Pool = {
  poolId: "test",
  partition: "aws",
  region: "us-east-1",
  accountId: "000000000000",
  zones: 1,
  cluster: "hangar",
  controlBucket: "hangar-control",
  queueUrlPrefix: "https://sqs.us-east-1.amazonaws.com/000000000000/",
  database: { host: "127.0.0.1", port: 5432, adminSecretId: "hangar/pool/database", sslMode: "disable" },
  web: { kind: "loopback", port: 8080, scheme: "http" },
  loadBalancer: {
    listenerArn: "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/hangar/1/1",
    vpcId: "vpc-1",
  },
  network: { subnetIds: ["subnet-a"], securityGroupIds: ["sg-a"] },
  roles: {
    taskExecutionRoleArn: "arn:aws:iam::000000000000:role/exec",
    taskRoleArn: "arn:aws:iam::000000000000:role/task",
    builderRoleArn: "arn:aws:iam::000000000000:role/builder",
  },
  images: { "3.3.1": { image: "hangar/airflow:3.3.1" }, "3.2.1": { reason: "no Python of this machine can run it" } },
  quotas: { environments: 10, workers: 50 },
  pollSeconds: 1,
  agentPollSeconds: 1,
  longestStepSeconds: 60,
  scalingQueueUrl: "https://sqs.example/hangar-scaling",
  scaling: {
    metricSeconds: 10,
    surplusSeconds: 300,
    staleSeconds: 35,
    alarmSeconds: 10,
    againSeconds: 10,
    drainSeconds: 60,
  },
  sync: { quietSeconds: 0.5, longestSeconds: 5, candidateSeconds: 120, stagedSeconds: 10 },
  taskLogGroup: null,
  machineMemory: null,
  sharedLogFolder: null,
  alarmTopicArn: null,
};

export const caller = { arn: "arn:aws:iam::000000000000:user/operator", accountId: "000000000000" };

export const createRequest: CreateEnvironmentRequest = {
  Name: "first",
  ExecutionRoleArn: "arn:aws:iam::000000000000:role/execution",
  SourceBucketArn: "arn:aws:s3:::my-dags",
  DagS3Path: "dags",
  NetworkConfiguration: { SubnetIds: ["subnet-a", "subnet-b"], SecurityGroupIds: ["sg-a"] },
};

/** A world with a source bucket that holds one DAG, and nothing of Hangar's. */
export function emptyWorld() {
  const world = createMemoryWorld({ now: Date.UTC(2026, 0, 1) });
  world.sourceBuckets.make("my-dags");
  world.sourceBuckets.upload("my-dags", "dags/first.py", "print('first')");
  return world;
}

type World = ReturnType<typeof emptyWorld>;

export const askToCreate = (world: World, request: Partial<CreateEnvironmentRequest> = {}, pool = testPool) =>
  createEnvironment({ ...createRequest, ...request }, { ...world.ports, pool }, caller);

export const askToUpdate = (world: World, request: Partial<UpdateEnvironmentRequest> = {}, pool = testPool) =>
  updateEnvironment({ Name: "first", ...request }, { ...world.ports, pool }, caller);

export const askToRestore = (world: World, request: Omit<RestoreSnapshotRequest, "Name">, pool = testPool) =>
  restoreSnapshot({ Name: "first", ...request }, { ...world.ports, pool }, caller);

export const askToClone = (world: World, request: Partial<CloneSnapshotRequest> & { readonly Snapshot: string }) =>
  cloneSnapshot({ ...createRequest, Name: "second", ...request }, { ...world.ports, pool: testPool }, caller);

/** With nothing kept, for a clean slate; `SkipFinalSnapshot: false` keeps the last snapshot, as users have it. */
export const askToDelete = (world: World, request: Partial<DeletionRequest> = {}) =>
  deleteEnvironment({ Name: "first", SkipFinalSnapshot: true, ...request }, { ...world.ports, pool: testPool }, caller);
