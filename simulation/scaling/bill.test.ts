import { describe, expect, it } from "vitest";
import { billOf } from "./bill.ts";
import { Calls } from "./calls.ts";
import { spread } from "./trial.ts";

const day = (changes: Partial<Calls>): Calls => Object.assign(new Calls(), changes);

describe("the bill", () => {
  it("is the list price of a month's calls", () => {
    expect(billOf(day({ metricGets: 4000 }), 1).metricData).toBeCloseTo((4 * 0.01 * 365) / 12, 6);
    expect(billOf(day({ s3Puts: 1000, s3Gets: 1000 }), 1).s3).toBeCloseTo(((0.005 + 0.0004) * 365) / 12, 6);
    expect(billOf(day({ dynamodbWrites: 1e6 }), 1).dynamodb - billOf(day({}), 1).dynamodb).toBeCloseTo(
      (0.625 * 365) / 12,
      6,
    );
    expect(billOf(day({ metricPuts: 1000 }), 1).signals - billOf(day({}), 1).signals).toBeCloseTo((0.01 * 365) / 12, 6);
  });

  it("adds its items up", () => {
    const { total, ...items } = billOf(day({ metricGets: 9, sqs: 9, s3Gets: 9, eventLooks: 9 }), 10);
    expect(Object.values(items).reduce((sum, one) => sum + one)).toBeCloseTo(total, 9);
  });

  it("does not rise with the fleet", () => {
    const busy = day({ metricPuts: 100, metricGets: 100, sqs: 100, scheduleLooks: 1440, eventLooks: 100 });
    expect(billOf(busy, 1000).total).toBeLessThanOrEqual(billOf(busy, 1).total);
    expect(billOf(busy, 1).total - billOf(day({}), 1).total).toBeGreaterThan(0);
  });
});

describe("the environments of a fleet that are played", () => {
  it("are all of a small one, and lie evenly over a large one", () => {
    expect(spread(3, 10)).toEqual([0, 1, 2]);
    expect(spread(1000, 4)).toEqual([0, 250, 500, 750]);
  });
});
