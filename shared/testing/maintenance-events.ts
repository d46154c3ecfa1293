// What happens around one environment's maintenance windows, at random: people, schedules, kills, images, quotas, time.
import * as fc from "fast-check";
import type { PortMethod } from "./memory-world.ts";

const writes = [
  ...(["environments.replace", "operations.create", "workflows.start"] as const),
  ...(["controlBucket.putConfiguration", "environments.get", "sourceBuckets.facts"] as const),
] satisfies readonly PortMethod[];

export type MaintenanceEvent =
  | { readonly kind: "ask" | "update"; readonly mayOverrun: boolean; readonly greedy: boolean; readonly again: boolean }
  /** The schedule comes, and somebody does this so many turns after it has begun. */
  | {
      readonly kind: "look";
      readonly beside: "look" | "cancel" | "skip" | "update" | "window" | null;
      readonly turns: number;
    }
  | { readonly kind: "defer" | "wait"; readonly halfHours: number }
  | { readonly kind: "end"; readonly how: "committed" | "rolledBack" | "stuck" }
  | { readonly kind: "fault"; readonly method: PortMethod; readonly when: "before" | "after" }
  /** To the next window, and so far into it or past it. */
  | { readonly kind: "window"; readonly minutes: number }
  | { readonly kind: "cancel" | "skip" | "resume" | "image" | "quota" };

const asking = (kind: "ask" | "update") =>
  fc.record({ kind: fc.constant(kind), mayOverrun: fc.boolean(), greedy: fc.boolean(), again: fc.boolean() });
const waiting = (kind: "defer" | "wait", max: number) =>
  fc.record({ kind: fc.constant(kind), halfHours: fc.integer({ min: 0, max }) });

export const maintenanceEvent: fc.Arbitrary<MaintenanceEvent> = fc.oneof(
  { weight: 3, arbitrary: asking("ask") },
  { weight: 3, arbitrary: asking("update") },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("look" as const),
      beside: fc.constantFrom(
        null,
        "look" as const,
        "cancel" as const,
        "skip" as const,
        "update" as const,
        "window" as const,
      ),
      turns: fc.nat(120),
    }),
  },
  { weight: 2, arbitrary: waiting("wait", 5) },
  { weight: 1, arbitrary: waiting("defer", 400) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("end" as const),
      how: fc.constantFrom("committed" as const, "committed", "rolledBack", "stuck"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("fault" as const),
      method: fc.constantFrom(...writes),
      when: fc.constantFrom("before" as const, "after"),
    }),
  },
  ...(["cancel", "skip", "resume", "image", "quota"] as const).map((kind) => ({
    weight: kind === "quota" ? 2 : 1,
    arbitrary: fc.constant({ kind }),
  })),
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("window" as const), minutes: fc.integer({ min: -5, max: 130 }) }),
  },
);
