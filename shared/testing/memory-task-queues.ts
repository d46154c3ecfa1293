// Celery queues in memory.
import type { TaskQueues } from "../ports/task-queues.ts";

export interface MemoryTaskQueues extends TaskQueues {
  readonly queues: Map<string, { readonly visibilityTimeoutSeconds: number }>;
}

/** No queues. */
export function memoryTaskQueues(): MemoryTaskQueues {
  const queues: MemoryTaskQueues["queues"] = new Map();
  return {
    queues,
    async ensure(name, settings) {
      queues.set(name, { ...settings });
      return `https://sqs.us-east-1.amazonaws.com/000000000000/${name}`;
    },
    async remove(name) {
      queues.delete(name);
    },
  };
}
