import { describe, expect, it } from "vitest";
import type { Sample } from "./metric-store.ts";
import { byPeriod, checkPeriod, statistic } from "./statistics.ts";

const sample = (start: number, value: number, count = 1): Sample => ({
  start,
  count,
  sum: value * count,
  minimum: value,
  maximum: value,
  values: { [value]: count },
});

describe("periods", () => {
  it("begin at multiples of themselves and come in order of time", () => {
    const merged = byPeriod([sample(120_000, 5), sample(0, 1), sample(59_000, 3)], 60_000);
    expect(merged.map(({ start, count, sum }) => [start, count, sum])).toEqual([
      [0, 2, 4],
      [120_000, 1, 5],
    ]);
  });

  it.each([2, 45, 61, 0, -60, 86_460])("of %s seconds are refused", (seconds) => {
    expect(() => checkPeriod(seconds, "Period")).toThrow(/Period/);
  });
});

describe("percentiles", () => {
  it("weigh values by how often they came", () => {
    const merged = byPeriod([sample(0, 1, 90), sample(0, 100, 10)], 60_000)[0]!;
    expect([statistic("p50")(merged), statistic("p90")(merged), statistic("p90.1")(merged)]).toEqual([1, 1, 100]);
  });

  it("are absent once a set without its values was merged in", () => {
    const set = { start: 0, count: 2, sum: 4, minimum: 1, maximum: 3, values: undefined };
    const merged = byPeriod<Sample>([sample(0, 1), set], 60_000)[0]!;
    expect(statistic("p50")(merged)).toBeUndefined();
    expect(statistic("Average")(merged)).toBeCloseTo(5 / 3);
  });

  it.each(["tm99", "IQM", "p101", "p-1", "Sums", "constructor"])("%s is no statistic here", (name) => {
    expect(() => statistic(name)).toThrow(/not supported/);
  });
});
