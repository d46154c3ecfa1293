// A new operation item: first attempt, going forward, nothing done yet.
import type { OperationItem, OperationPlan } from "./items.ts";
import { ladders } from "./ladders.ts";

/** The item an accepted change begins with. The plan's type names the ladder. */
export function newOperation(input: {
  readonly plan: OperationPlan;
  readonly operationId: string;
  readonly environmentName: string;
  readonly environmentId: string;
  readonly caller: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}): OperationItem {
  const kind = input.plan.type;
  return {
    operationId: input.operationId,
    kind,
    environmentName: input.environmentName,
    environmentId: input.environmentId,
    generation: 1,
    createdAt: input.now,
    createdBy: input.caller,
    ladderVersion: ladders[kind].version,
    plan: input.plan,
    attempt: 1,
    attemptStartedAt: input.now,
    direction: "forward",
    undoFrom: null,
    lease: null,
    journal: {},
    idleAttempts: 0,
    outcome: null,
    endedAt: null,
    failure: null,
  };
}
