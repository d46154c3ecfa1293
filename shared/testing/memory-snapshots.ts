// Snapshots that outlive their environments, in memory, under their own counters.
import type { SnapshotItem } from "../domain/snapshot-item.ts";
import type { Snapshots } from "../ports/snapshots.ts";
import { storedCopy } from "./stored-copy.ts";

export interface MemorySnapshots extends Snapshots {
  /** By name, as stored. */
  readonly items: Map<string, SnapshotItem>;
}

/** An empty store. */
export function memorySnapshots(): MemorySnapshots {
  const items = new Map<string, SnapshotItem>();
  return {
    items,
    get: async (name) => storedCopy(items.get(name)),
    async all() {
      const newest = [...items.values()].toSorted(
        (one, other) => other.createdAt - one.createdAt || other.name.localeCompare(one.name),
      );
      return newest.map(storedCopy);
    },
    async create(item) {
      if (!items.has(item.name)) items.set(item.name, storedCopy(item));
    },
    async replace(item, expectedGeneration) {
      if (items.get(item.name)?.generation !== expectedGeneration) return false;
      items.set(item.name, storedCopy(item));
      return true;
    },
    async remove(name, expectedGeneration) {
      if ((items.get(name)?.generation ?? expectedGeneration) !== expectedGeneration) return false;
      items.delete(name);
      return true;
    },
  };
}
