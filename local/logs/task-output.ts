// Tasks' output as a log group: the awslogs driver of one machine. Each task keeps its own file (local/ecs/task-log.ts), and
// only reading the end of one is served; the file knows no times, so its lines have the time of the look.
import type { JsonInput } from "../json-protocol.ts";
import { optionalInteger, optionalText } from "./errors.ts";

export interface TaskOutputSource {
  /** The group the tasks' definitions name. */
  readonly group: string;
  /** The end of a task's output. Of a task that is not known (any more): empty. */
  readonly tail: (taskId: string, bytes: number) => Promise<string>;
}

const mostBytes = 64 * 1024;
const mostEvents = 10_000;

/** GetLogEvents on that group; any other request is none of its business. @param now milliseconds since the epoch */
export function taskOutputEvents(source: TaskOutputSource | undefined, now: () => number) {
  return async (input: JsonInput): Promise<object | undefined> => {
    if (!source || optionalText(input, "logGroupName") !== source.group) return undefined;
    const taskId = (optionalText(input, "logStreamName") ?? "").split("/").at(-1) ?? "";
    const limit = optionalInteger(input, "limit", 1, mostEvents) ?? mostEvents;
    const lines = (await source.tail(taskId, mostBytes)).split("\n").filter((line) => line !== "");
    const at = now();
    const events = lines.slice(-limit).map((message) => ({ timestamp: at, ingestionTime: at, message }));
    return { events, nextForwardToken: "f/end", nextBackwardToken: "b/end" };
  };
}
