// The environment items and the release pointers. Every write is conditional on what was read.
import type { EnvironmentItem, ReleaseItem } from "../domain/items.ts";

export interface Environments {
  /** Strongly consistent. */
  get(name: string): Promise<EnvironmentItem | undefined>;
  /** Names in order, after `after`, at most `limit`; `next` is the name to go on from, absent at the end. */
  listNames(
    after: string | undefined,
    limit: number,
  ): Promise<{ readonly names: readonly string[]; readonly next?: string }>;
  /** Every environment, for reconcilers. */
  all(): Promise<readonly EnvironmentItem[]>;
  /** Puts a new item if no environment of that name exists. @returns false when one does */
  create(item: EnvironmentItem): Promise<boolean>;
  /** Replaces the item if its generation is still `expectedGeneration`. @throws ConcurrentChange */
  replace(item: EnvironmentItem, expectedGeneration: number): Promise<void>;
  /**
   * The commit: replaces the item if it still points to this operation (and has the generation read).
   * @returns false when it does not point there (any more)
   */
  settle(
    item: EnvironmentItem,
    expected: { readonly generation: number; readonly operationId: string },
  ): Promise<boolean>;
  /** Removes environment and release items if the environment still points to this operation; safe to repeat. */
  remove(name: string, operationId: string): Promise<boolean>;

  /** The release pointer of one environment id: one of a deleted environment is never its namesake's. Strongly consistent. */
  getRelease(name: string, environmentId: string): Promise<ReleaseItem | undefined>;
  /**
   * Moves the release pointer of the item's environment id: `expectedGeneration` 0 means there is none yet.
   * @returns false when another release came first
   */
  putRelease(item: ReleaseItem, expectedGeneration: number): Promise<boolean>;
  /** Removes the release pointer of one environment id; gone already is fine. */
  removeRelease(name: string, environmentId: string): Promise<void>;
}
