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
    async listOf(environmentName, { after, limit }) {
      const sortOf = (item: OperationItem) => `${new Date(item.createdAt).toISOString()}#${item.operationId}`;
      const rest = [...items.values()]
        .filter((item) => item.environmentName === environmentName)
        .sort((a, b) => (sortOf(a) < sortOf(b) ? 1 : -1))
        .filter((item) => after === undefined || sortOf(item) < after);
      const page = rest.slice(0, limit).map(storedCopy);
      const last = page.at(-1);
      return rest.length > limit && last ? { items: page, next: sortOf(last) } : { items: page };
    },
    async update(item, changes) {
      if (items.get(item.operationId)?.generation !== item.generation) return undefined;
      const next = storedCopy({ ...item, ...changes, generation: item.generation + 1 });
      items.set(item.operationId, next);
      return storedCopy(next);
    },
  };
}
