// The facts of this machine's pool, as the functions get them (HANGAR_POOL): data, so that no function asks where it runs.
import { usualScaling } from "./scaling-settings.ts";
import type { RegionSettings } from "./settings.ts";

export interface PoolInput {
  readonly settings: RegionSettings;
  readonly databasePort: number;
  readonly listenerArn: string;
  readonly table: string;
  readonly cluster: string;
  /** Of all tasks' output. */
  readonly taskLogGroup: string;
  readonly controlBucket: string;
  readonly databaseSecret: string;
  readonly taskLogs: string;
  /** Airflow version → image, or why this machine cannot run it. */
  readonly images: Readonly<Record<string, { readonly image: string } | { readonly reason: string }>>;
}

/** One machine: one zone, short polls, and no step outlives the region (its functions process dies with it). */
export function poolFacts(input: PoolInput): Record<string, unknown> {
  const { region, accountId, webPort } = input.settings;
  const role = (name: string) => `arn:aws:iam::${accountId}:role/hangar-${name}`;
  return {
    poolId: "one-machine",
    partition: "aws",
    region,
    accountId,
    zones: 1,
    cluster: input.cluster,
    controlBucket: input.controlBucket,
    scalingQueueUrl: `http://127.0.0.1:${input.settings.port}/${accountId}/hangar-scaling`,
    queueUrlPrefix: `http://127.0.0.1:${input.settings.port}/${accountId}/`,
    database: { host: "127.0.0.1", port: input.databasePort, adminSecretId: input.databaseSecret, sslMode: "disable" },
    web: { kind: "loopback", port: webPort, scheme: "http" },
    loadBalancer: { listenerArn: input.listenerArn, vpcId: "vpc-one-machine" },
    network: { subnetIds: ["subnet-one-machine"], securityGroupIds: ["sg-one-machine"] },
    roles: {
      taskExecutionRoleArn: role("task-execution"),
      taskRoleArn: role("tasks"),
      builderRoleArn: role("builders"),
    },
    images: input.images,
    // one machine is its own limit, memory: MWAA's ten environments a Region would only be in the way
    quotas: { environments: 50, workers: 25, ...input.settings.quotas },
    scaling: { ...usualScaling, ...input.settings.scaling },
    pollSeconds: 1,
    agentPollSeconds: 1,
    longestStepSeconds: 0,
    // measured idle: 270 + 520 + 245 MB of PSS, agents included; a little more for a running task each
    machineMemory: { web: 400, scheduler: 600, worker: 400, migrate: 300, layer: 400 },
    taskLogGroup: input.taskLogGroup,
    sharedLogFolder: input.taskLogs,
  };
}
