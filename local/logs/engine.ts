// The CloudWatch Logs engine: groups, streams, events with retention, text filters. No Insights, no subscriptions.
import { join } from "node:path";
import type { Engine, EngineContext } from "../engine.ts";
import { answerJson } from "../json-protocol.ts";
import { openDatabase } from "../sqlite.ts";
import { type Schedule, scheduleByTimer } from "../sqs/long-poll.ts";
import { eventOperations } from "./event-operations.ts";
import { groupOperations } from "./group-operations.ts";
import { logSchema, openLogStore } from "./log-store.ts";
import { type TaskOutputSource, taskOutputEvents } from "./task-output.ts";

export type LogsEngine = Engine;

const expiryMilliseconds = 3_600_000;
const day = 86_400_000;

/**
 * Opens the logs of a folder. `schedule` sets the timer that forgets expired events (injected by tests).
 * @param tasks whose output is a group of its own, to be read alone
 */
export function createLogsEngine(
  context: EngineContext,
  schedule: Schedule = scheduleByTimer,
  tasks?: TaskOutputSource,
): LogsEngine {
  const { now } = context;
  // The last lines before a power cut may be lost, as they may on their way to any log service; a kill loses none.
  const database = openDatabase(join(context.folder, "logs.sqlite"), "NORMAL", logSchema);
  const store = openLogStore(database);
  const stored = { ...groupOperations(store, context), ...eventOperations(store, context) };
  const ofTasks = taskOutputEvents(tasks, now);
  const operations: typeof stored = {
    ...stored,
    GetLogEvents: async (input, request) => (await ofTasks(input)) ?? stored["GetLogEvents"]!(input, request),
  };
  expire();
  let cancelExpiry = schedule(expireAgain, expiryMilliseconds);

  function expire(): void {
    for (const { name, retentionDays } of store.groups()) {
      if (retentionDays) store.expire(name, now() - retentionDays * day);
    }
  }

  function expireAgain(): void {
    expire();
    cancelExpiry = schedule(expireAgain, expiryMilliseconds);
  }

  return {
    signingNames: ["logs"],
    handle: (request) => answerJson("1.1", operations, request),
    async close() {
      cancelExpiry();
      if (database.isOpen) database.close();
    },
  };
}
