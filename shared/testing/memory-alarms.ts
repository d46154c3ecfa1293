// Alarms in memory.
import type { AlarmSpec } from "../domain/alarms.ts";
import type { Alarms } from "../ports/alarms.ts";

export interface MemoryAlarms extends Alarms {
  readonly alarms: Map<string, AlarmSpec>;
}

/** No alarms. */
export function memoryAlarms(): MemoryAlarms {
  const alarms: MemoryAlarms["alarms"] = new Map();
  return {
    alarms,
    async put(specs) {
      for (const spec of specs) alarms.set(spec.name, structuredClone(spec));
    },
    async remove(names) {
      for (const name of names) alarms.delete(name);
    },
  };
}
