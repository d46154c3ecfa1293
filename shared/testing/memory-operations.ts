// Operation items in memory, under their own counters.
import type { OperationItem } from "../domain/items.ts";
import type { Operations } from "../ports/operations.ts";
import { storedCopy } from "./stored-copy.ts";

export interface MemoryOperations extends Operations {
  /** By operation id, as stored. */
  readonly items: Map<string, OperationItem>;
}

/** An empty store. */
export function memoryOperations(): MemoryOperations {
  const items = new Map<string, OperationItem>();
  return {
    items,
    get: async (operationId) => storedCopy(items.get(operationId)),
    async create(item) {
      if (!items.has(item.operationId)) items.set(item.operationId, storedCopy(item));
    },
    async update(item, changes) {
      if (items.get(item.operationId)?.generation !== item.generation) return undefined;
      const next = storedCopy({ ...item, ...changes, generation: item.generation + 1 });
      items.set(item.operationId, next);
      return storedCopy(next);
    },
  };
}
