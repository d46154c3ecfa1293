import { describe, expect, it } from "vitest";
import { percentile, spreadOf } from "./statistics.ts";

describe("spreadOf", () => {
  it("takes the middle of an odd count and the mean of the two middles of an even one", () => {
    expect(spreadOf([9, 1, 5])).toEqual({ n: 3, value: 5, low: 1, high: 9 });
    expect(spreadOf([4, 1, 2, 9])).toEqual({ n: 4, value: 3, low: 1, high: 9 });
  });

  it("refuses to speak of nothing", () => {
    expect(() => spreadOf([])).toThrow("no value was measured");
  });
});

describe("percentile", () => {
  it("answers a measured value: of twenty, p95 is the nineteenth", () => {
    const twenty = Array.from({ length: 20 }, (_, index) => 20 - index);
    expect(percentile(twenty, 95)).toBe(19);
    expect(percentile(twenty, 50)).toBe(10);
    expect(percentile(twenty, 100)).toBe(20);
  });

  it("of one value is that value", () => {
    expect(percentile([7], 99)).toBe(7);
  });
});
