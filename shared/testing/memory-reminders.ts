// Reminders in memory: kept, never delivered by themselves.
import type { Reminders } from "../ports/reminders.ts";

export interface MemoryReminders extends Reminders {
  readonly sent: { readonly name: string; readonly environmentId: string; readonly delaySeconds: number }[];
}

/** None sent. */
export function memoryReminders(): MemoryReminders {
  const sent: MemoryReminders["sent"] = [];
  return {
    sent,
    async remind({ name, environmentId }, delaySeconds) {
      sent.push({ name, environmentId, delaySeconds });
    },
  };
}
