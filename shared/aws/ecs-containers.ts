// The container service on ECS with Fargate: services and one-off tasks.
import { setTimeout as pauseFor } from "node:timers/promises";
import { type ECSClient, RunTaskCommand, StopTaskCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { HangarError } from "../domain/errors.ts";
import type { Containers } from "../ports/containers.ts";
import { ensureService, network, observeServices, removeService } from "./ecs-services.ts";
import { deregisterFamily, ensureTaskDefinition } from "./ecs-task-definitions.ts";
import { isAlive, stopReason, taskId, tasksOf } from "./ecs-tasks.ts";
import { startToken } from "./start-token.ts";
import type { TaskRoles, TaskSurroundings } from "./task-definition.ts";

export interface EcsSettings {
  readonly cluster: string;
  readonly network: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
  readonly roles: TaskRoles;
  /** The log group of all tasks' output, and its Region; absent or null where the tasks' machine keeps it itself. */
  readonly logs?: TaskSurroundings["logs"];
  /** Waits between two looks at a stopping task, in milliseconds; the real timer unless a test has its own. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

const secondsBetweenLooks = 1;
/** A step may last a minute: a task that needs longer to stop is looked at again by the repeated step. */
const mostLooks = 45;

/** Services and one-off tasks of one cluster. */
export function ecsContainers(client: ECSClient, settings: EcsSettings): Containers {
  const { cluster, pause = pauseFor } = settings;
  const surroundings: TaskSurroundings = { ...settings.roles, logs: settings.logs ?? null };
  const oneOffs = (token: string) => tasksOf(client, cluster, { startedBy: startToken(token) });

  return {
    async deploy(spec, secretArn, targetGroupArn) {
      const definition = await ensureTaskDefinition(client, spec.task, secretArn, surroundings);
      await ensureService(client, settings, spec, definition, targetGroupArn);
    },
    async scale(service, desiredCount) {
      await client.send(new UpdateServiceCommand({ cluster, service, desiredCount }));
    },
    async stopTasks(taskIds, reason) {
      for (const task of taskIds) await stopTask(client, cluster, task, reason);
    },
    observe: (serviceNames) => observeServices(client, cluster, serviceNames),
    async remove(serviceNames) {
      // a task family carries its service's name
      for (const name of serviceNames) {
        const tasks = await tasksOf(client, cluster, { serviceName: name });
        await removeService(client, cluster, name);
        // one by one as well: a worker that has tasks in hand is protected, and a protected task may outlive its service
        for (const task of tasks.filter((one) => isAlive(one) && one.desiredStatus !== "STOPPED"))
          await stopTask(client, cluster, taskId(task), "Hangar removed its service.");
        await deregisterFamily(client, name);
      }
    },
    async runOnce(spec, secretArn, token) {
      if ((await oneOffs(token)).length > 0) return;
      const taskDefinition = await ensureTaskDefinition(client, spec, secretArn ?? "", surroundings);
      await runTask(client, settings, taskDefinition, token);
    },
    async describeOnce(_family, token) {
      const tasks = await oneOffs(token);
      if (tasks.some(isAlive)) return { state: "running" };
      const [task] = tasks;
      if (!task) return { state: "missing" };
      return { state: "stopped", exitCode: task.containers?.[0]?.exitCode ?? null, reason: stopReason(task) };
    },
    async stopOnce(_family, token) {
      for (let look = 0; look < mostLooks; look++) {
        const alive = (await oneOffs(token)).filter(isAlive);
        if (alive.length === 0) return;
        for (const task of alive) {
          if (task.desiredStatus === "STOPPED" || !task.taskArn) continue;
          await client.send(
            new StopTaskCommand({ cluster, task: task.taskArn, reason: "Stopped by Hangar: its operation is undone." }),
          );
        }
        await pause(secondsBetweenLooks * 1000);
      }
      throw new HangarError(
        "DependencyUnavailable",
        `A one-off task is still stopping after ${mostLooks * secondsBetweenLooks} seconds. Try again.`,
      );
    },
    forgetOnce: (family) => deregisterFamily(client, family),
  };
}

/** ECS knows no task of this id any more: it was stopped an hour ago or earlier. */
async function stopTask(client: ECSClient, cluster: string, task: string, reason: string): Promise<void> {
  try {
    await client.send(new StopTaskCommand({ cluster, task, reason }));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "InvalidParameterException") throw error;
  }
}

async function runTask(client: ECSClient, settings: EcsSettings, taskDefinition: string, token: string): Promise<void> {
  try {
    const answer = await client.send(
      new RunTaskCommand({
        cluster: settings.cluster,
        taskDefinition,
        count: 1,
        launchType: "FARGATE",
        networkConfiguration: { awsvpcConfiguration: network(settings) },
        clientToken: startToken(token),
        startedBy: startToken(token),
        enableExecuteCommand: false,
      }),
    );
    const failure = answer.failures?.[0];
    if (failure) throw new HangarError("DependencyUnavailable", failureSentence(failure.reason, failure.detail));
  } catch (error) {
    // the token is taken: a task was started with it by another hand
    if (!(error instanceof Error) || error.name !== "ConflictException") throw error;
  }
}

/** ECS's one-word reasons (ECS user guide, "API failure reasons") as sentences a person can act on. */
function failureSentence(reason: string | undefined, detail: string | undefined): string {
  const said = detail ? ` (${detail})` : "";
  if (reason?.startsWith("RESOURCE:MEMORY"))
    return `There is not enough free memory to start a task${said}. Free some, or delete an environment, then try again.`;
  if (reason?.startsWith("RESOURCE:CPU"))
    return `There is not enough free CPU to start a task${said}. Try again later.`;
  if (reason?.startsWith("RESOURCE:"))
    return `The cluster lacks ${reason.slice("RESOURCE:".length).toLowerCase()} to start a task${said}. Try again later.`;
  return `The task could not be started: ${reason ?? "no reason was given"}${said}.`;
}
