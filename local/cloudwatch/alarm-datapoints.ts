// From a metric's samples to the datapoints an alarm is judged by: whole periods back from the moment of looking. Pure.
import { type AlarmConfiguration, isHighResolution } from "./alarm.ts";
import { merge, type Sample } from "./metric-store.ts";
import { statistic } from "./statistics.ts";

/** One period of an alarm. */
export interface Datapoint {
  /** Milliseconds since the epoch at which the period begins. */
  readonly start: number;
  /** Absent when the period has no data. */
  readonly value?: number;
  readonly sampleCount?: number;
}

/** The stretch of time an evaluation looks at: `from <= start < to`, in milliseconds since the epoch. */
export interface EvaluationRange {
  readonly from: number;
  readonly to: number;
  readonly periods: number;
}

/**
 * CloudWatch looks further back than EvaluationPeriods, so that late or lost data need not be guessed; how far it does not
 * say. The examples of its documentation look two periods further, and so do we.
 */
const furtherPeriods = 2;

/**
 * Which periods an evaluation at `now` covers. They slide with the evaluation, as CloudWatch's do, and each is as long as
 * the alarm's period, never a part of one: those of a high-resolution alarm end with the present second, the others with
 * the last full minute. Two evaluations, whatever made them take place, never go back in time.
 */
export function evaluationRange(configuration: AlarmConfiguration, now: number): EvaluationRange {
  const to = isHighResolution(configuration) ? (Math.floor(now / 1000) + 1) * 1000 : Math.floor(now / 60_000) * 60_000;
  const periods = configuration.evaluationPeriods + furtherPeriods;
  return { from: to - periods * configuration.periodSeconds * 1000, to, periods };
}

/** The datapoints of a range, oldest first, one for every period. */
export function datapointsOf(
  configuration: AlarmConfiguration,
  range: EvaluationRange,
  samples: readonly Sample[],
): readonly Datapoint[] {
  const period = configuration.periodSeconds * 1000;
  const compute = statistic(configuration.statistic ?? configuration.extendedStatistic ?? "Average");
  const merged = new Map<number, Sample>();
  for (const sample of samples) {
    const index = Math.floor((sample.start - range.from) / period);
    const before = merged.get(index);
    merged.set(index, before ? merge(before, sample) : sample);
  }
  return Array.from({ length: range.periods }, (_, index) => {
    const start = range.from + index * period;
    const sample = merged.get(index);
    const value = sample && compute(sample);
    return value === undefined ? { start } : { start, value, sampleCount: sample!.count };
  });
}
