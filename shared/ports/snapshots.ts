// The snapshots that outlive their environments: items of their own. Every write is conditional on what was read.
import type { SnapshotItem } from "../domain/snapshot-item.ts";

export interface Snapshots {
  /** Strongly consistent. */
  get(name: string): Promise<SnapshotItem | undefined>;
  /** Every one, the newest first, those whose time is over too. */
  all(): Promise<readonly SnapshotItem[]>;
  /** Put if absent; a repeat of the same name is harmless. */
  create(item: SnapshotItem): Promise<void>;
  /** Replaces the item if its generation is still `expectedGeneration`. @returns false when another writer came first, or it is gone */
  replace(item: SnapshotItem, expectedGeneration: number): Promise<boolean>;
  /** Removes the item if its generation is still the one read; gone already is fine. @returns whether nothing lies there any more */
  remove(name: string, expectedGeneration: number): Promise<boolean>;
}
