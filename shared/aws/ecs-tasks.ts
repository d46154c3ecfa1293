// Tasks on ECS: found by service or by who started them, and described in batches.
import { DescribeTasksCommand, type ECSClient, ListTasksCommand, type Task } from "@aws-sdk/client-ecs";

/** Tasks one listing may bring; a service of Hangar has at most a few dozen. */
const mostPages = 10;
/** DescribeTasks takes this many. */
const batchSize = 100;

/**
 * The tasks of a service or of a start token, wanted or stopped: ECS keeps stopped ones for about an hour.
 * A service that is not there (any more) has none.
 */
export async function tasksOf(
  client: ECSClient,
  cluster: string,
  filter: { readonly serviceName: string } | { readonly startedBy: string },
): Promise<readonly Task[]> {
  const listed = await Promise.all([
    taskArns(client, { cluster, ...filter, desiredStatus: "RUNNING" }),
    taskArns(client, { cluster, ...filter, desiredStatus: "STOPPED" }),
  ]);
  const arns = [...new Set(listed.flat())]; // one may change its state between the two listings
  const tasks: Task[] = [];
  for (let at = 0; at < arns.length; at += batchSize) {
    const answer = await client.send(new DescribeTasksCommand({ cluster, tasks: arns.slice(at, at + batchSize) }));
    tasks.push(...(answer.tasks ?? []));
  }
  return tasks;
}

/** Whether any part of the task may still be at work: pending, running or stopping. */
export const isAlive = (task: Task): boolean => task.lastStatus !== "STOPPED";

/** Last part of the task's ARN: what its agent reports under. */
export const taskId = (task: Task): string => (task.taskArn ?? "").split("/").at(-1) ?? "";

/** Why a task stopped: ECS's sentence, then the container's own. */
export function stopReason(task: Task): string {
  const container = task.containers?.[0];
  const exit = container?.exitCode === undefined ? undefined : `exit code ${container.exitCode}`;
  const parts = [task.stoppedReason, container?.reason, exit].filter((part) => part !== undefined && part !== "");
  return parts.length > 0 ? parts.join("; ") : "no reason was given";
}

async function taskArns(
  client: ECSClient,
  query: ConstructorParameters<typeof ListTasksCommand>[0],
): Promise<string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    try {
      const answer = await client.send(
        new ListTasksCommand({ ...query, ...(nextToken === undefined ? {} : { nextToken }) }),
      );
      arns.push(...(answer.taskArns ?? []));
      nextToken = answer.nextToken;
    } catch (error) {
      if (error instanceof Error && ["ServiceNotFoundException", "ServiceNotActiveException"].includes(error.name))
        return arns;
      throw error;
    }
    if (nextToken === undefined) break;
  }
  return arns;
}
