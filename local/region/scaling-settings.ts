// How the workers of this machine's environments scale: the usual facts, and what may be written over them.

/** Seconds. The members are those of the pool's `scaling`. */
export interface ScalingSettings {
  /** One of the periods CloudWatch answers in, so that a value is one measurement. */
  readonly metricSeconds: number;
  readonly surplusSeconds: number;
  readonly staleSeconds: number;
  /** A period of CloudWatch's alarms. */
  readonly alarmSeconds: number;
  readonly againSeconds: number;
  readonly drainSeconds: number;
}

/** Memory is scarce where tasks share one machine: a worker nobody needs goes after a minute. */
export const usualScaling: ScalingSettings = {
  metricSeconds: 5,
  surplusSeconds: 60,
  staleSeconds: 20,
  alarmSeconds: 10,
  againSeconds: 1,
  drainSeconds: 2,
};

const fits: Readonly<Record<keyof ScalingSettings, { check(value: number): boolean; readonly words: string }>> = {
  metricSeconds: { check: (value) => [1, 5, 10, 30, 60].includes(value), words: "1, 5, 10, 30 or 60" },
  surplusSeconds: { check: (value) => value >= 1 && value <= 86_400, words: "a number from 1 to 86400" },
  staleSeconds: { check: (value) => value >= 1 && value <= 3600, words: "a number from 1 to 3600" },
  alarmSeconds: { check: (value) => [10, 20, 30, 60].includes(value), words: "10, 20, 30 or 60" },
  againSeconds: wholeSeconds(),
  drainSeconds: wholeSeconds(),
};

/** SQS delays whole seconds, fifteen minutes at most. */
function wholeSeconds() {
  return {
    check: (value: number) => Number.isInteger(value) && value >= 1 && value <= 900,
    words: "a whole number from 1 to 900",
  };
}

/** @returns what is wrong with the member `scaling` of the settings file, as the end of a sentence about it; undefined: nothing */
export function scalingFault(given: unknown): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== "object" || given === null || Array.isArray(given)) return "has a `scaling` that is no object";
  for (const [name, value] of Object.entries(given)) {
    const fit = Object.hasOwn(fits, name) ? fits[name as keyof ScalingSettings] : undefined;
    if (!fit) return `has an unknown scaling.${name} (known: ${Object.keys(fits).join(", ")})`;
    if (typeof value !== "number" || !fit.check(value))
      return `says scaling.${name}: ${JSON.stringify(value)}, which must be ${fit.words} (seconds)`;
  }
  // else every measurement were too old before the next one comes, and no worker would ever be added
  const { metricSeconds, staleSeconds } = { ...usualScaling, ...given };
  if (staleSeconds >= 2 * metricSeconds) return undefined;
  return `says scaling.staleSeconds: ${staleSeconds}, less than twice scaling.metricSeconds, ${metricSeconds}: one late measurement would stop all scaling`;
}
