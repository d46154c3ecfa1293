// What is at work in the databases of memory-database-copies.ts; since when, and which callbacks wait, tests say here.
import { mostNamed, type RunningTask } from "../domain/upgrade-forecast.ts";
import type { LiveDatabase } from "../ports/live-database.ts";
import type { MemoryDatabaseCopies, MemoryTask } from "./memory-database-copies.ts";
import type { MemoryDatabases } from "./memory-databases.ts";

export interface MemoryLiveDatabase extends LiveDatabase {
  /** When a task started, by database and task id, in milliseconds since the epoch. */
  readonly startedAt: Map<string, number>;
  /** Callbacks that wait, by database. */
  readonly callbacks: Map<string, number>;
}

/** On the same server as these databases. @param now milliseconds since the epoch */
export function memoryLiveDatabase(
  server: MemoryDatabases,
  copies: MemoryDatabaseCopies,
  now: () => number,
): MemoryLiveDatabase {
  const startedAt = new Map<string, number>();
  const callbacks = new Map<string, number>();
  return {
    startedAt,
    callbacks,
    async look(database) {
      if (!server.databases.has(database)) return null;
      const { tasks } = copies.contents(database);
      const bytes = 1_000 + tasks.length;
      if (copies.isSealed(database)) return { bytes, work: null };
      const since = (task: MemoryTask) => startedAt.get(`${database} ${task.taskId}`);
      const own = tasks.filter(({ dagId }) => dagId !== "_hangar_canary");
      const running = own.filter(({ state }) => state === "running" || state === "restarting");
      const longest = running
        .toSorted((one, other) => (since(one) ?? Infinity) - (since(other) ?? Infinity))
        .slice(0, mostNamed)
        .map((task): RunningTask => {
          const { dagId, runId, taskId, mapIndex } = task;
          const began = since(task);
          const seconds = began === undefined ? null : Math.max(0, Math.round((now() - began) / 1000));
          return { dagId, runId, taskId, mapIndex, seconds };
        });
      const deferred = own.filter(({ state }) => state === "deferred").length;
      return {
        bytes,
        work: { running: running.length, longest, deferred, callbacks: callbacks.get(database) ?? 0 },
      };
    },
  };
}
