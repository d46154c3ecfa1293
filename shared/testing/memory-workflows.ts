// Executions in memory: started by name, ended by the test.
import type { OperationKind } from "../domain/ladders.ts";
import type { ExecutionState } from "../domain/sweep.ts";
import type { Workflows } from "../ports/workflows.ts";

export interface MemoryExecution {
  readonly kind: OperationKind;
  readonly name: string;
  readonly input: { readonly operationId: string; readonly attempt: number };
  readonly state: Exclude<ExecutionState, { state: "missing" }>;
}

export interface MemoryWorkflows extends Workflows {
  /** By execution name, in the order of their starts. */
  readonly executions: Map<string, MemoryExecution>;
  /**
   * Ends an execution.
   * @param endedAt milliseconds since the epoch
   * @throws Error when none of that name was started
   */
  end(name: string, endedAt: number, error?: string): void;
}

/** No executions. A name is one execution's for good, whatever its kind: Hangar's names carry the kind. */
export function memoryWorkflows(): MemoryWorkflows {
  const executions = new Map<string, MemoryExecution>();
  return {
    executions,
    async start(kind, name, { operationId, attempt }) {
      if (!executions.has(name))
        executions.set(name, { kind, name, input: { operationId, attempt }, state: { state: "running" } });
    },
    async describe(kind, name) {
      const found = executions.get(name);
      return found?.kind === kind ? found.state : { state: "missing" };
    },
    end(name, endedAt, error) {
      const found = executions.get(name);
      if (!found) throw new Error(`No execution ${name} was started.`);
      executions.set(name, { ...found, state: { state: "ended", endedAt, error: error ?? null } });
    },
  };
}
