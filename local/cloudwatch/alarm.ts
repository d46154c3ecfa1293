// What a metric alarm is: its configuration as PutMetricAlarm gave it, and the state its evaluations left.
import { createHash } from "node:crypto";
import type { Dimension } from "./metric-data.ts";
import type { Metric } from "./metric-store.ts";

export const stateValues = ["INSUFFICIENT_DATA", "ALARM", "OK"] as const;
export type StateValue = (typeof stateValues)[number];

export const comparisonOperators = [
  "GreaterThanOrEqualToThreshold",
  "GreaterThanThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
] as const;
export type ComparisonOperator = (typeof comparisonOperators)[number];

export const missingDataTreatments = ["missing", "ignore", "breaching", "notBreaching"] as const;
export type MissingDataTreatment = (typeof missingDataTreatments)[number];

export interface AlarmConfiguration {
  readonly name: string;
  readonly description?: string;
  readonly actionsEnabled: boolean;
  readonly okActions: readonly string[];
  readonly alarmActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
  readonly namespace: string;
  readonly metricName: string;
  /** In the order of their names. */
  readonly dimensions: readonly Dimension[];
  /** One of the five simple ones, or else a percentile such as `p99` in `extendedStatistic`. */
  readonly statistic?: string;
  readonly extendedStatistic?: string;
  readonly unit?: string;
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  /** Absent when all of `evaluationPeriods` must breach and nobody said so. */
  readonly datapointsToAlarm?: number;
  readonly threshold: number;
  readonly comparisonOperator: ComparisonOperator;
  /** Absent is `missing`. */
  readonly treatMissingData?: MissingDataTreatment;
  readonly evaluateLowSampleCountPercentile?: "evaluate";
}

export interface AlarmState {
  readonly value: StateValue;
  readonly reason: string;
  /** JSON text; absent before the first evaluation, and when SetAlarmState gave none. */
  readonly reasonData?: string;
  /** Milliseconds since the epoch: when value or reason were last written. */
  readonly updatedAt: number;
  /** Milliseconds since the epoch: when the value last became another one. */
  readonly transitionedAt: number;
}

export interface Alarm {
  readonly configuration: AlarmConfiguration;
  /** Milliseconds since the epoch. */
  readonly configurationUpdatedAt: number;
  readonly state: AlarmState;
}

/** The state of an alarm nobody has looked at yet. */
export function initialState(now: number): AlarmState {
  const reason = "Unchecked: Initial alarm creation";
  return { value: "INSUFFICIENT_DATA", reason, updatedAt: now, transitionedAt: now };
}

/** The metric an alarm watches. */
export function metricOf({ namespace, metricName, dimensions }: AlarmConfiguration): Metric {
  return { namespace, name: metricName, dimensions };
}

/** One text for each metric, for look-ups by it. */
export function metricKey({ namespace, name, dimensions }: Metric): string {
  return JSON.stringify([namespace, name, dimensions.map(({ Name, Value }) => [Name, Value])]);
}

/** Alarms with a period below a minute: CloudWatch looks at them every ten seconds, at all others every minute. */
export function isHighResolution({ periodSeconds }: Pick<AlarmConfiguration, "periodSeconds">): boolean {
  return periodSeconds < 60;
}

/** e.g. `arn:aws:cloudwatch:us-east-1:000000000000:alarm:queue-deep` */
export function alarmArn(name: string, place: { readonly region: string; readonly accountId: string }): string {
  return `arn:aws:cloudwatch:${place.region}:${place.accountId}:alarm:${name}`;
}

/** The id an event gives to the one query of a simple alarm: the same for the same metric, statistic and period. */
export function metricQueryId(configuration: AlarmConfiguration): string {
  const { statistic, extendedStatistic, periodSeconds, unit } = configuration;
  const parts = [metricKey(metricOf(configuration)), statistic ?? extendedStatistic, periodSeconds, unit ?? null];
  const hex = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
