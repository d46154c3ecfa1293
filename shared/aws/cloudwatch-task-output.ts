// Tasks' output in CloudWatch Logs, where the awslogs driver puts it: one stream a task (task-definition.ts). ECS says which
// tasks there were, for about an hour.
import { type CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { ECSClient, Task } from "@aws-sdk/client-ecs";
import { mostLines } from "../domain/quoted-log.ts";
import type { TaskOutput } from "../ports/task-output.ts";
import { isAlive, taskId, tasksOf } from "./ecs-tasks.ts";
import { startToken } from "./start-token.ts";
import { containerName } from "./task-definition.ts";

/** A failure waits for them; without, it is told all the same. */
const patienceMilliseconds = 5_000;
/** Some lines are empty. */
const mostEvents = mostLines * 3;
/** Tasks looked at until one has said something: one that was never started has not. */
const mostTasks = 3;

/** @param settings.group the log group of all tasks' output; null: it is kept where nobody can read it */
export function cloudwatchTaskOutput(
  clients: { readonly ecs: ECSClient; readonly logs: CloudWatchLogsClient },
  settings: { readonly cluster: string; readonly group: string | null },
): TaskOutput {
  const { cluster, group: logGroupName } = settings;

  async function lastOf(family: string, tasks: readonly Task[]): Promise<readonly string[]> {
    for (const task of tasks.toSorted(endedLastFirst).slice(0, mostTasks)) {
      const lines = await read(`${family}/${containerName}/${taskId(task)}`);
      if (lines.length > 0) return lines;
    }
    return [];
  }

  async function read(logStreamName: string): Promise<readonly string[]> {
    if (logGroupName === null) return [];
    try {
      const { events = [] } = await clients.logs.send(
        new GetLogEventsCommand({ logGroupName, logStreamName, limit: mostEvents, startFromHead: false }),
        { abortSignal: AbortSignal.timeout(patienceMilliseconds) },
      );
      return events.flatMap(({ message }) => (message ?? "").split("\n"));
    } catch (error) {
      if (error instanceof Error && error.name === "ResourceNotFoundException") return [];
      throw error;
    }
  }

  return {
    ofOneOff: async (family, token) =>
      lastOf(family, await tasksOf(clients.ecs, cluster, { startedBy: startToken(token) })),
    // a task family carries its service's name
    ofService: async (name) => lastOf(name, await tasksOf(clients.ecs, cluster, { serviceName: name })),
  };
}

/** Those that have ended come first, the last one before the others; then those that run, the newest first. */
function endedLastFirst(one: Task, other: Task): number {
  if (isAlive(one) !== isAlive(other)) return isAlive(one) ? 1 : -1;
  const time = (task: Task) => (task.stoppedAt ?? task.createdAt)?.getTime() ?? 0;
  return time(other) - time(one);
}
