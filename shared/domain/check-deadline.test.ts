import { expect, it } from "vitest";
import { planned } from "../testing/planned.ts";
import { plannedUpdate } from "../testing/planned-update.ts";
import { deadlineOf } from "./check-deadline.ts";
import { ladderOf, type OperationKind } from "./ladders.ts";

const plans = [planned().operation.plan, plannedUpdate().operation.plan];

it("every check of a ladder has a deadline in its plan, by its own name or the one plans of before gave it", () => {
  for (const plan of plans) {
    const checks = ladderOf(plan.type as OperationKind).rungs.filter(({ kind }) => kind === "check");
    for (const { step } of checks) expect(deadlineOf(plan, step), step).toBeGreaterThan(0);
  }
});

it("a check another ladder has is a fault, not a check without an end", () => {
  expect(() => deadlineOf(plans[0]!, "check-migrated")).toThrow("no deadline");
});
