// The operation items: immutable plan, mutable journal.
import type { OperationItem } from "../domain/items.ts";

export interface Operations {
  /** Strongly consistent. */
  get(operationId: string): Promise<OperationItem | undefined>;
  /** Put if absent; a repeat of the same id is harmless. */
  create(item: OperationItem): Promise<void>;
  /**
   * An environment name's operations, newest first, those of a deleted namesake and void ones among them.
   * @param page `after`: what `next` of the page before said; absent at the end
   */
  listOf(
    environmentName: string,
    page: { readonly after: string | undefined; readonly limit: number },
  ): Promise<{ readonly items: readonly OperationItem[]; readonly next?: string }>;
  /**
   * Writes some members and raises the generation, if it is still the one read.
   * @returns the item as written, or undefined when someone else wrote first
   */
  update(item: OperationItem, changes: Partial<OperationItem>): Promise<OperationItem | undefined>;
}
