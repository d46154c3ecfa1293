// Which state an alarm's datapoints call for. Pure; the rule is that of CloudWatch's documentation, "Configuring how
// CloudWatch alarms treat missing data", whose tables are the test's.
import type { AlarmConfiguration, ComparisonOperator, StateValue } from "./alarm.ts";
import type { Datapoint } from "./alarm-datapoints.ts";
import { type Judged, reasonData, reasonOf } from "./alarm-reason.ts";

export interface Verdict {
  readonly value: StateValue;
  /** In CloudWatch's words. */
  readonly reason: string;
  /** JSON text. */
  readonly reasonData: string;
}

const breaches: Readonly<Record<ComparisonOperator, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/**
 * @param datapoints one for every period of the evaluation range, oldest first
 * @param queriedAt milliseconds since the epoch, for the reason data
 * @returns undefined when the alarm is to keep the state it has
 */
export function evaluateAlarm(
  configuration: AlarmConfiguration,
  datapoints: readonly Datapoint[],
  queriedAt: number,
): Verdict | undefined {
  const judged = judge(configuration, datapoints);
  const value = stateOf(configuration, datapoints, judged);
  if (value === undefined) return undefined;
  return {
    value,
    reason: reasonOf(configuration, value, judged),
    reasonData: reasonData(configuration, judged, queriedAt),
  };
}

/** Real datapoints come first: what is missing is only filled in as far as there are fewer of them than asked for. */
function judge(configuration: AlarmConfiguration, datapoints: readonly Datapoint[]): Judged {
  const wanted = configuration.evaluationPeriods;
  const newestFirst = datapoints.toReversed();
  const real = newestFirst.filter(({ value }) => value !== undefined).slice(0, wanted);
  const filled = newestFirst.filter(({ value }) => value === undefined).slice(0, wanted - real.length);
  const breach = breaches[configuration.comparisonOperator];
  return {
    evaluated: [...real, ...filled].sort((a, b) => b.start - a.start),
    breaching: real.filter(({ value }) => breach(value!, configuration.threshold)),
    withinThreshold: real.filter(({ value }) => !breach(value!, configuration.threshold)),
    filled: filled.length,
  };
}

function stateOf(
  configuration: AlarmConfiguration,
  datapoints: readonly Datapoint[],
  { breaching, withinThreshold, filled }: Judged,
): StateValue | undefined {
  const toAlarm = configuration.datapointsToAlarm ?? configuration.evaluationPeriods;
  const treatment = configuration.treatMissingData ?? "missing";
  if (breaching.length + (treatment === "breaching" ? filled : 0) >= toAlarm) return "ALARM";
  if (filled === 0 || treatment === "breaching" || treatment === "notBreaching" || withinThreshold.length > 0) {
    return "OK";
  }
  // From here on everything that is known breaches, and it is not enough by itself.
  if (treatment === "ignore") return undefined;
  const oldest = breaching.at(-1);
  if (!oldest) return "INSUFFICIENT_DATA";
  // One fresh breach among gaps may be a false alarm and is waited out; one that has stood for as many periods as are
  // asked for, with nothing better since, is not.
  const age = datapoints.length - datapoints.findIndex(({ start }) => start === oldest.start);
  return age >= toAlarm ? "ALARM" : undefined;
}
