// Turns samples into datapoints: periods, the five simple statistics and percentiles. Pure.
import { metricsError } from "./errors.ts";
import { merge, type Sample } from "./metric-store.ts";

/** Computes one number from a merged sample; undefined when the sample cannot tell. */
export type Statistic = (sample: Sample) => number | undefined;

const simple: Readonly<Record<string, Statistic>> = {
  SampleCount: (sample) => sample.count,
  Sum: (sample) => sample.sum,
  Average: (sample) => sample.sum / sample.count,
  Minimum: (sample) => sample.minimum,
  Maximum: (sample) => sample.maximum,
};

/**
 * The statistic of that name: one of the five, or a percentile such as `p99` or `p99.9`.
 * @throws InvalidParameterValue for the trimmed and winsorised ones, which this region does not compute
 */
export function statistic(name: string): Statistic {
  const known = Object.hasOwn(simple, name) ? simple[name] : undefined;
  if (known) return known;
  const percent = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name)?.[1];
  if (percent !== undefined) return (sample) => percentile(sample, Number(percent));
  throw metricsError("InvalidParameterValueException", `The value ${name} for parameter Stat is not supported.`);
}

/**
 * A period CloudWatch takes: 1, 5, 10, 20, 30 seconds or a multiple of a minute.
 * @returns milliseconds
 */
export function checkPeriod(seconds: number, parameter: string): number {
  if ([1, 5, 10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0 && seconds <= 86_400))
    return seconds * 1000;
  const message = `The parameter ${parameter} must be 1, 5, 10, 20, 30 or a multiple of 60.`;
  throw metricsError("InvalidParameterValueException", message);
}

/** Samples merged by period (milliseconds), each beginning at a multiple of it; in order of time. */
export function byPeriod<Kind extends Sample>(samples: readonly Kind[], period: number): readonly Kind[] {
  const periods = new Map<number, Kind>();
  for (const sample of samples) {
    const start = Math.floor(sample.start / period) * period;
    const before = periods.get(start);
    periods.set(start, before ? merge(before, sample) : { ...sample, start });
  }
  return [...periods.values()].sort((a, b) => a.start - b.start);
}

function percentile(sample: Sample, percent: number): number | undefined {
  if (!sample.values) return undefined;
  const ordered = Object.entries(sample.values).map(([value, count]) => [Number(value), count] as const);
  ordered.sort(([a], [b]) => a - b);
  const rank = (percent / 100) * sample.count;
  let seen = 0;
  for (const [value, count] of ordered) {
    seen += count;
    if (seen >= rank) return value;
  }
  return ordered.at(-1)?.[0];
}
