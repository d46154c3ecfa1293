import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { roomyRecord } from "../testing/planned-update.ts";
import type { EnvironmentSettings } from "./items.ts";
import { environmentClasses } from "./offerings.ts";
import { hourlyPrice, listPrices } from "./prices.ts";

const priceOf = (changes: Partial<EnvironmentSettings>) =>
  hourlyPrice({
    ...roomyRecord().settings,
    ...{ minWorkers: 1, maxWorkers: 1, minWebservers: 2, maxWebservers: 2, schedulers: 2 },
    ...changes,
  });

describe("an hour's list price", () => {
  // MWAA pricing page, us-east-1
  it.each<[Partial<EnvironmentSettings>, number, number]>([
    [{}, 0.49, 0.49],
    [{ environmentClass: "mw1.medium" }, 0.74, 0.74],
    [{ environmentClass: "mw1.large" }, 0.99, 0.99],
    [{ maxWorkers: 10 }, 0.49, 0.985],
    [{ minWorkers: 2, maxWorkers: 3 }, 0.545, 0.6],
    [{ schedulers: 4 }, 0.6, 0.6],
    [{ minWebservers: 3, maxWebservers: 5 }, 0.518, 0.574],
    [{ environmentClass: "mw1.large", schedulers: 3, minWorkers: 2, maxWorkers: 2 }, 1.43, 1.43],
  ])("of %j is %d at least and %d at most", (changes, least, most) => {
    expect(priceOf(changes)).toEqual({ least, most });
  });

  it("is not made up where no list price was confirmed", () => {
    const unpriced = Object.keys(environmentClasses).filter((name) => !(name in listPrices));
    expect(unpriced.length).toBeGreaterThan(0);
    for (const environmentClass of unpriced) expect(priceOf({ environmentClass })).toBeNull();
    expect(Object.keys(listPrices).filter((name) => !(name in environmentClasses))).toEqual([]);
  });

  it("never falls when something is added", () => {
    const count = fc.integer({ min: 1, max: 50 });
    const environmentClass = fc.constantFrom(...Object.keys(listPrices));
    fc.assert(
      fc.property(environmentClass, count, count, count, count, (name, a, b, schedulers, webservers) => {
        const [minWorkers, maxWorkers] = [Math.min(a, b), Math.max(a, b)];
        const fixed = { environmentClass: name, schedulers, minWebservers: webservers, maxWebservers: webservers };
        const price = priceOf({ ...fixed, minWorkers, maxWorkers })!;
        expect(price.least).toBeGreaterThanOrEqual(listPrices[name]!.environment);
        expect(price.most).toBeGreaterThanOrEqual(price.least);
        const more = priceOf({ ...fixed, minWorkers, maxWorkers: maxWorkers + 1, schedulers: schedulers + 1 })!;
        expect(more.most).toBeGreaterThan(price.most);
      }),
    );
  });
});
