// What calls functions besides requests: queues, the rules that fill them, schedules. Data only: stacks/ and local/ read it.
import type { FunctionName } from "./wiring.ts";

export interface QueueWiring {
  readonly name: string;
  readonly visibilityTimeoutSeconds: number;
  /** Deliveries before a message goes to `<name>-dead`. */
  readonly maxReceiveCount: number;
  readonly consumer: {
    readonly function: FunctionName;
    readonly batchSize: number;
    readonly batchWindowSeconds: number;
  };
}

export interface RuleWiring {
  readonly name: string;
  /** Of S3's events, whose objects: those of users' buckets, or those of the control bucket. */
  readonly buckets?: "source" | "control";
  /** An EventBridge pattern, but for a bucket's name. */
  readonly pattern: Readonly<Record<string, unknown>>;
  readonly queue: string;
}

export interface ScheduleWiring {
  readonly name: string;
  readonly everySeconds: number;
  /** One machine has no per-call price, so it may look more often. */
  readonly everySecondsOnOneMachine: number;
  readonly function: FunctionName;
}

/**
 * A rule's whole pattern. Agents write to the control bucket all the time: told apart by the bucket's name, their reports
 * wake nobody who waits for uploads.
 */
export function patternOf(rule: RuleWiring, controlBucket: string): Readonly<Record<string, unknown>> {
  if (!rule.buckets) return rule.pattern;
  const detail = rule.pattern["detail"] as Readonly<Record<string, unknown>> | undefined;
  const name = rule.buckets === "control" ? [controlBucket] : [{ "anything-but": [controlBucket] }];
  return { ...rule.pattern, detail: { bucket: { name }, ...detail } };
}

export const queues: readonly QueueWiring[] = [
  {
    name: "hangar-source-changes",
    visibilityTimeoutSeconds: 120,
    maxReceiveCount: 5,
    consumer: { function: "source-objects-changed", batchSize: 500, batchWindowSeconds: 0.1 },
  },
  {
    name: "hangar-layer-changes",
    visibilityTimeoutSeconds: 120,
    maxReceiveCount: 5,
    consumer: { function: "layer-files-changed", batchSize: 500, batchWindowSeconds: 0.1 },
  },
  {
    // alarms, and the reminders scaling sends itself
    name: "hangar-scaling",
    visibilityTimeoutSeconds: 120,
    maxReceiveCount: 5,
    consumer: { function: "scaling-alarm-raised", batchSize: 10, batchWindowSeconds: 0 },
  },
  {
    name: "hangar-candidate-checks",
    visibilityTimeoutSeconds: 120,
    maxReceiveCount: 5,
    consumer: { function: "candidate-checked", batchSize: 10, batchWindowSeconds: 0 },
  },
];

export const rules: readonly RuleWiring[] = [
  {
    name: "hangar-source-objects-changed",
    buckets: "source",
    pattern: { source: ["aws.s3"], "detail-type": ["Object Created", "Object Deleted"] },
    queue: "hangar-source-changes",
  },
  {
    // The files' names are the environments' own; a plain upload to a DAG folder is looked at and left alone.
    name: "hangar-layer-files-changed",
    buckets: "source",
    pattern: {
      source: ["aws.s3"],
      "detail-type": ["Object Created"],
      detail: { object: { key: [{ suffix: ".zip" }, { suffix: ".txt" }, { suffix: ".sh" }] } },
    },
    queue: "hangar-layer-changes",
  },
  {
    name: "hangar-layer-built",
    buckets: "control",
    pattern: {
      source: ["aws.s3"],
      "detail-type": ["Object Created"],
      detail: { object: { key: [{ wildcard: "environments/*/layers/*/result.json" }] } },
    },
    queue: "hangar-layer-changes",
  },
  {
    name: "hangar-candidate-checked",
    buckets: "control",
    pattern: {
      source: ["aws.s3"],
      "detail-type": ["Object Created"],
      detail: { object: { key: [{ wildcard: "environments/*/checks/*.json" }] } },
    },
    queue: "hangar-candidate-checks",
  },
  {
    name: "hangar-scaling-alarm-raised",
    pattern: {
      source: ["aws.cloudwatch"],
      "detail-type": ["CloudWatch Alarm State Change"],
      detail: {
        alarmName: [{ wildcard: "hangar-*-deficit" }, { wildcard: "hangar-*-surplus" }],
        state: { value: ["ALARM"] },
      },
    },
    queue: "hangar-scaling",
  },
];

export const schedules: readonly ScheduleWiring[] = [
  { name: "hangar-sweep-operations", everySeconds: 60, everySecondsOnOneMachine: 10, function: "sweep-operations" },
  { name: "hangar-reconcile-layers", everySeconds: 60, everySecondsOnOneMachine: 10, function: "reconcile-layers" },
  { name: "hangar-reconcile-scaling", everySeconds: 60, everySecondsOnOneMachine: 10, function: "reconcile-scaling" },
  { name: "hangar-reconcile-releases", everySeconds: 60, everySecondsOnOneMachine: 30, function: "reconcile-releases" },
  {
    name: "hangar-open-maintenance-windows",
    everySeconds: 60,
    everySecondsOnOneMachine: 10,
    function: "open-maintenance-windows",
  },
  {
    name: "hangar-advance-upgrade-checks",
    everySeconds: 60,
    everySecondsOnOneMachine: 10,
    function: "advance-upgrade-checks",
  },
  { name: "hangar-finish-upgrades", everySeconds: 60, everySecondsOnOneMachine: 10, function: "finish-upgrades" },
  { name: "hangar-advance-snapshots", everySeconds: 60, everySecondsOnOneMachine: 10, function: "advance-snapshots" },
  { name: "hangar-expire-snapshots", everySeconds: 3600, everySecondsOnOneMachine: 600, function: "expire-snapshots" },
];
