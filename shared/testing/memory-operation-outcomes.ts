// How operations ended, as it was told, in memory.
import type { OperationOutcomes } from "../ports/operation-outcomes.ts";

export interface MemoryOperationOutcomes extends OperationOutcomes {
  /** By environment id, in order: whether it was stuck. */
  readonly told: Map<string, readonly boolean[]>;
}

/** Nothing told. */
export function memoryOperationOutcomes(): MemoryOperationOutcomes {
  const told: MemoryOperationOutcomes["told"] = new Map();
  return {
    told,
    async tell({ environmentId }, stuck) {
      told.set(environmentId, [...(told.get(environmentId) ?? []), stuck]);
    },
  };
}
