// The state machines: started by a deterministic name, so that every start is safe to repeat.
import type { OperationKind } from "../domain/ladders.ts";
import type { ExecutionState } from "../domain/sweep.ts";

export interface Workflows {
  /** Starts an execution with `{operationId, attempt}`; a repeat with the same name is harmless. */
  start(
    kind: OperationKind,
    executionName: string,
    input: { readonly operationId: string; readonly attempt: number },
  ): Promise<void>;
  describe(kind: OperationKind, executionName: string): Promise<ExecutionState>;
}
