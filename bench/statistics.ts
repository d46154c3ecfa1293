// Order statistics of a handful of measurements: medians and nearest-rank percentiles, never means.

export interface Spread {
  readonly n: number;
  /** The figure itself: the median unless the row's name says otherwise. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Median, least and greatest. @throws Error for no values: a benchmark that measured nothing has failed */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = ascending(values);
  const at = (index: number) => sorted[index]!;
  const middle = sorted.length / 2;
  const value = Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
  return { n: sorted.length, value, low: at(0), high: at(sorted.length - 1) };
}

/**
 * The nearest-rank percentile: a value that was really measured.
 * @param percent above 0, at most 100
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = ascending(values);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]!;
}

/** The percentile with the spread of all. */
export const percentileOf = (values: readonly number[], percent: number): Spread => ({
  ...spreadOf(values),
  value: percentile(values, percent),
});

function ascending(values: readonly number[]): number[] {
  if (values.length === 0) throw new Error("There is nothing to take a median of: no value was measured.");
  return [...values].sort((a, b) => a - b);
}
