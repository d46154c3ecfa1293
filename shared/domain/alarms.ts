// The alarms of an environment on what its monitor measures (dataplane/README.md, "Metrics"): two wake scaling, the others
// tell people. The last goes by what the control plane itself says. Alarms cost by the piece and hour, so each one here is one somebody acts on.
import type { Pool } from "./pool.ts";

/** One CloudWatch alarm, as PutMetricAlarm takes it. */
export interface AlarmSpec {
  readonly name: string;
  /** For the one it wakes: what has happened, and where to look. */
  readonly means: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Raised when the highest value of a period is above it, or below it. */
  readonly above?: number;
  readonly below?: number;
  /** 10, 20, 30 or whole minutes (CloudWatch API: PutMetricAlarm). */
  readonly periodSeconds: number;
  /** In so many periods, one after the other. */
  readonly periods: number;
  /** Silence says nothing, but for the one alarm that is about silence; `ignore`: it does not even end an alarm. */
  readonly missing: "notBreaching" | "breaching" | "ignore";
  /** Topics that hear of it; scaling's two are heard through EventBridge. */
  readonly topics: readonly string[];
}

const kinds = [
  "deficit",
  "surplus",
  "scheduler-heartbeat",
  "oldest-message",
  "lost-messages",
  "import-errors",
  "stuck-operation",
] as const;
type AlarmKind = (typeof kinds)[number];

/** The two alarms that act (design, section 8). */
export const scalingAlarms = ["deficit", "surplus"] as const satisfies readonly AlarmKind[];

/** `hangar-<environment id>-deficit` */
export const alarmName = (environmentId: string, kind: AlarmKind): string => `hangar-${environmentId}-${kind}`;

/** The names of all of an environment's alarms. */
export const alarmNames = (environmentId: string): readonly string[] =>
  kinds.map((kind) => alarmName(environmentId, kind));

/** A task that has waited so long for a worker is worth a look, whatever MaxWorkers is. */
const oldestMessageSeconds = 900;
/** A roll of the scheduler, whose agent measures, is no silence yet. */
const silenceSeconds = 300;

interface Owner {
  readonly name: string;
  readonly environmentId: string;
}

/** What the control plane says of an environment's operations when they end: 1 of one that is stuck, 0 of any other. */
export const stuckOperationMetric = ({ name, environmentId }: Owner) => ({
  namespace: "Hangar/MWAA",
  metric: "StuckOperation",
  dimensions: { Environment: name, EnvironmentId: environmentId },
});

/** All alarms of an environment. */
export function alarmsOf(
  { name, environmentId }: Owner,
  pool: Pick<Pool, "scaling" | "alarmTopicArn">,
): readonly AlarmSpec[] {
  const { alarmSeconds, surplusSeconds } = pool.scaling;
  const periodsOf = (seconds: number) => Math.max(1, Math.ceil(seconds / alarmSeconds));
  const own = (kind: AlarmKind, metric: string) => ({
    name: alarmName(environmentId, kind),
    namespace: "Hangar/MWAA",
    metric,
    dimensions: { Environment: name, EnvironmentId: environmentId },
    periodSeconds: alarmSeconds,
    missing: "notBreaching" as const,
    topics: [],
  });
  const topics = pool.alarmTopicArn === null ? [] : [pool.alarmTopicArn];
  return [
    {
      ...own("deficit", "Deficit"),
      means: "Running and queued tasks need more workers than there are: scaling adds them.",
      above: 0,
      periods: 1,
    },
    {
      ...own("surplus", "Surplus"),
      means: "There have been more workers than tasks need for a whole window: scaling drains them.",
      above: 0,
      periods: periodsOf(surplusSeconds),
    },
    {
      ...own("scheduler-heartbeat", "Heartbeat"),
      means: `The scheduler of ${name} has no heartbeat, or its task is gone: no task is scheduled.`,
      below: 1,
      periods: periodsOf(silenceSeconds),
      missing: "breaching",
      topics,
    },
    {
      ...own("oldest-message", "OldestMessageAge"),
      means: `A task of ${name} has been queued for over ${oldestMessageSeconds / 60} minutes: look at MaxWorkers, pools and worker logs.`,
      above: oldestMessageSeconds,
      periods: 1,
      topics,
    },
    {
      ...own("lost-messages", "LostMessages"),
      means: `Tasks of ${name} are queued in Airflow, and its queue is empty: their messages are lost.`,
      above: 0,
      periods: periodsOf(60),
      topics,
    },
    {
      ...own("import-errors", "ImportErrors"),
      means: `DAG files of ${name} do not import: hangar dag errors ${name}`,
      namespace: "AmazonMWAA",
      dimensions: { Function: "DAG Processing", Environment: name },
      periodSeconds: 60,
      above: 0,
      periods: 1,
      topics,
    },
    {
      ...own("stuck-operation", stuckOperationMetric({ name, environmentId }).metric),
      means: `An operation of ${name} is stuck and needs a person: hangar op list ${name}, and ARCHITECTURE.md says what to do.`,
      periodSeconds: 60,
      above: 0,
      periods: 1,
      missing: "ignore",
      topics,
    },
  ];
}
