// Growth at any moment against the real decision, an alarm that speaks when it is raised and never again while it is, and the
// reminders the decision asks for: however the moments fall, every growth is answered as fast as the first. Nothing else looks.
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { alarmPeriodOf, GrowingLoad } from "../testing/growing-load.ts";
import type { ScalingFacts } from "./pool.ts";

const schedules = Number(process.env["HANGAR_SCHEDULES"] ?? 150);

const common = { surplusSeconds: 60, staleSeconds: 35, drainSeconds: 60 };
const kinds: readonly (readonly [string, ScalingFacts, { readonly evaluationSeconds: number }])[] = [
  [
    "measured every second",
    { ...common, metricSeconds: 1, alarmSeconds: 10, againSeconds: 1 },
    { evaluationSeconds: 0 },
  ],
  ["one machine", { ...common, metricSeconds: 5, alarmSeconds: 10, againSeconds: 1 }, { evaluationSeconds: 0 }],
  ["AWS", { ...common, metricSeconds: 10, alarmSeconds: 10, againSeconds: 5 }, { evaluationSeconds: 10 }],
  ["slow alarms", { ...common, metricSeconds: 10, alarmSeconds: 60, againSeconds: 5 }, { evaluationSeconds: 10 }],
];

it.each(kinds)(
  "%s: each growth is answered within the wait for an alarm",
  (_, facts, surroundings) => {
    const growth = fc.record({ afterMilliseconds: fc.nat(90_000), by: fc.integer({ min: -3, max: 3 }) });
    fc.assert(
      fc.property(fc.array(growth, { minLength: 2, maxLength: 12 }), fc.nat(), (growths, dice) => {
        const load = new GrowingLoad(facts, surroundings, dice);
        for (const { afterMilliseconds, by } of growths) {
          load.runFor(afterMilliseconds);
          load.grow(by);
        }
        load.runFor(120_000);
        const slowest = Math.max(0, ...load.answeredAfter);
        expect(slowest, "milliseconds until decided").toBeLessThanOrEqual(alarmPeriodOf(facts, surroundings));
        expect(load.unanswered, "growth nobody answered").toBe(0);
      }),
      { numRuns: schedules },
    );
  },
  120_000,
);
