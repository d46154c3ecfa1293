// The sweeper's table: what to do with an operation an environment still points to (design, section 5).
import type { EnvironmentItem, OperationItem } from "./items.ts";
import { verbOf } from "./ladders.ts";

/** The execution of the current attempt's name, as the workflow service describes it. */
export type ExecutionState =
  | { readonly state: "missing" }
  | { readonly state: "running" }
  | { readonly state: "ended"; readonly endedAt: number; readonly error: string | null };

export interface SweepDecision {
  /** `settle`: the operation item says how it ended, the record does not yet. */
  readonly act: "leave" | "start" | "resume" | "markStuck" | "settle";
  readonly reason: string;
}

/** Attempts in a row that added nothing to the journal before a person is asked. */
const idleAttemptsAllowed = 3;
/** These end an execution for good: starting again from the top would end the same way. */
const hopelessErrors = new Set(["States.DataLimitExceeded", "States.Runtime"]);

/**
 * Decides one sweep.
 * @param longestStepSeconds how long a step function of the ended execution may still be at work
 */
export function decideSweep(
  operation: Pick<OperationItem, "attempt" | "idleAttempts" | "outcome">,
  execution: ExecutionState,
  now: number,
  longestStepSeconds: number,
): SweepDecision {
  if (operation.outcome === "succeeded") return { act: "leave", reason: "it ended: succeeded" };
  if (operation.outcome !== null)
    return { act: "settle", reason: `it ended ${operation.outcome}, unknown to the record` };
  if (execution.state === "missing") return { act: "start", reason: `attempt ${operation.attempt} was never started` };
  if (execution.state === "running") return { act: "leave", reason: "its execution lives" };
  if (execution.error && hopelessErrors.has(execution.error))
    return { act: "markStuck", reason: `its execution ended with ${execution.error}` };
  if (operation.idleAttempts >= idleAttemptsAllowed)
    return { act: "markStuck", reason: `${operation.idleAttempts} attempts in a row achieved nothing` };
  const waitUntil = execution.endedAt + longestStepSeconds * 1000;
  if (now < waitUntil) return { act: "leave", reason: "a step of the ended execution may still be at work" };
  return { act: "resume", reason: "its execution ended without settling it" };
}

/** Execution names are deterministic, so that a repeated start is harmless (design, section 5). */
export const executionName = (
  operation: Pick<OperationItem, "kind" | "environmentId" | "operationId" | "attempt">,
): string =>
  `${verbOf(operation.kind)}-${operation.environmentId}-${operation.operationId.slice(-8)}-${operation.attempt}`;

/** Nobody is at work on it or has to be: one that is stuck keeps all it has, for the person who is to help. */
export const atRest = ({ operationId, status }: Pick<EnvironmentItem, "operationId" | "status">): boolean =>
  operationId === null && ["AVAILABLE", "UPDATE_FAILED"].includes(status);
