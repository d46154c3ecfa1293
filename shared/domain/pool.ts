// The facts of the shared floor environments stand on. Data handed to the domain; nothing here asks where it runs.
import * as z from "zod";

/** How uploads become releases; seconds. */
const SyncFacts = z.object({
  /** The bucket must lie still for so long: an upload of many files becomes one release. */
  quietSeconds: z.number().min(0),
  /** But no change waits longer than this. */
  longestSeconds: z.number().min(0),
  /** How long the scheduler's agent has for its check; then a candidate is served unchecked. */
  candidateSeconds: z.number().min(1),
  /** How long the other agents have, after the check, to bring a release to their disks before all swap. */
  stagedSeconds: z.number().min(0),
});
export type SyncFacts = z.infer<typeof SyncFacts>;
const usualSync: SyncFacts = { quietSeconds: 0.5, longestSeconds: 5, candidateSeconds: 120, stagedSeconds: 10 };

/** How an environment's workers scale; seconds. */
const ScalingFacts = z.object({
  /** Between two measurements of an environment's monitor. */
  metricSeconds: z.number().min(1),
  /** A worker goes when none was needed for so long. */
  surplusSeconds: z.number().min(1),
  /** A measurement older than this says nothing about now. */
  staleSeconds: z.number().min(1),
  /** A period of the alarms, one of CloudWatch's; a measurement that raises one raises it at once all the same. */
  alarmSeconds: z.literal([10, 20, 30, 60]).default(10),
  /** Until an unfinished decision is looked at again; SQS delays whole seconds. */
  againSeconds: z.int().min(1).max(900),
  /** The same, where only drains are unfinished: a task may take hours, and nobody waits for its worker to go. */
  drainSeconds: z.int().min(1).max(900).default(60),
});
export type ScalingFacts = z.infer<typeof ScalingFacts>;
const usualScaling: ScalingFacts = {
  metricSeconds: 10,
  surplusSeconds: 300,
  staleSeconds: 35,
  alarmSeconds: 10,
  againSeconds: 5,
  drainSeconds: 60,
};

export const Pool = z.object({
  poolId: z.string(),
  partition: z.string(),
  region: z.string(),
  accountId: z.string().regex(/^\d{12}$/),
  /** With one zone, replicas that exist only for availability collapse to one (design, section 10). */
  zones: z.int().min(1),
  cluster: z.string(),
  controlBucket: z.string(),
  /** A queue's URL is this and its name. */
  queueUrlPrefix: z.string(),
  /** Where alarms and reminders reach scaling. */
  scalingQueueUrl: z.string(),
  database: z.object({
    host: z.string(),
    port: z.int(),
    adminSecretId: z.string(),
    sslMode: z.enum(["verify-full", "disable"]),
  }),
  /** How environments are addressed: a name under a domain, or a loopback address of their own. */
  web: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("domain"), domain: z.string(), scheme: z.literal("https") }),
    z.object({ kind: z.literal("loopback"), port: z.int(), scheme: z.literal("http") }),
  ]),
  loadBalancer: z.object({ listenerArn: z.string(), vpcId: z.string() }),
  network: z.object({ subnetIds: z.array(z.string()), securityGroupIds: z.array(z.string()) }),
  roles: z.object({ taskExecutionRoleArn: z.string(), taskRoleArn: z.string(), builderRoleArn: z.string() }),
  /** Airflow version → image to run; a version without an entry cannot be created here, for the reason given. */
  images: z.record(z.string(), z.union([z.object({ image: z.string() }), z.object({ reason: z.string() })])),
  /** MWAA user guide, "Quotas": environments of a Region, workers of an environment. */
  quotas: z.object({ environments: z.int().min(1), workers: z.int().min(1) }),
  /** How often a check is repeated, and how often an agent looks for a new control document. */
  pollSeconds: z.int().min(1),
  agentPollSeconds: z.number().positive(),
  /** How long a step function of a lost execution may still live: the sweeper waits it out. */
  longestStepSeconds: z.number().min(0),
  sync: SyncFacts.default(usualSync),
  scaling: ScalingFacts.default(usualScaling),
  /** The topic that environments' alarms tell people by; null: they are looked at, and their events heard. */
  alarmTopicArn: z.string().nullable().default(null),
  /** The log group of all tasks' output; null where the tasks' machine keeps it. */
  taskLogGroup: z.string().nullable(),
  /** What each kind of task really needs (MiB) where tasks share one machine's memory; null: the class's size is reserved. */
  machineMemory: z
    .object({ web: z.int(), scheduler: z.int(), worker: z.int(), migrate: z.int(), layer: z.int() })
    .nullable(),
  /** A folder every task of an environment shares for task logs, where tasks share a disk; null where logs are remote. */
  sharedLogFolder: z.string().nullable(),
});
export type Pool = z.infer<typeof Pool>;
