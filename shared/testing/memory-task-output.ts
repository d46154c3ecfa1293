// What tasks have written, in memory: as tests say.
import type { TaskOutput } from "../ports/task-output.ts";

export interface MemoryTaskOutput extends TaskOutput {
  /** Lines by start token, or by the service's name. */
  readonly lines: Map<string, readonly string[]>;
}

/** Nobody has written anything. */
export function memoryTaskOutput(): MemoryTaskOutput {
  const lines: MemoryTaskOutput["lines"] = new Map();
  return {
    lines,
    ofOneOff: async (_family, startToken) => lines.get(startToken) ?? [],
    ofService: async (name) => lines.get(name) ?? [],
  };
}
