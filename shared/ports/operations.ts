// The operation items: immutable plan, mutable journal.
import type { OperationItem } from "../domain/items.ts";

export interface Operations {
  /** Strongly consistent. */
  get(operationId: string): Promise<OperationItem | undefined>;
  /** Put if absent; a repeat of the same id is harmless. */
  create(item: OperationItem): Promise<void>;
  /**
   * Writes some members and raises the generation, if it is still the one read.
   * @returns the item as written, or undefined when someone else wrote first
   */
  update(item: OperationItem, changes: Partial<OperationItem>): Promise<OperationItem | undefined>;
}
