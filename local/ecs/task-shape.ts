// A task as DescribeTasks, RunTask and StopTask answer it. Times on the wire are seconds.
import { findDefinition } from "./task-definitions.ts";
import type { ContainerDefinition, TaskRecord } from "./records.ts";
import { arnOf, type State, shortName } from "./state.ts";

/** The wire form of a task. Each container port shows the loopback port it was given. */
export function wireTask(state: State, task: TaskRecord, withTags: boolean): unknown {
  const definition = findDefinition(state, task.definitionArn);
  const { command, environment, taskRoleArn } = task.overrides;
  return {
    taskArn: task.arn,
    clusterArn: task.clusterArn,
    taskDefinitionArn: task.definitionArn,
    group: task.group,
    startedBy: task.startedBy,
    launchType: task.launchType,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    healthStatus: "UNKNOWN",
    connectivity: "CONNECTED",
    version: task.version,
    cpu: definition?.cpu,
    memory: definition?.memory,
    attachments: [],
    attributes: [],
    overrides: { containerOverrides: [{ name: task.containerName, command, environment }], taskRoleArn },
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    containers: [wireContainer(state, task, definition?.container)],
    tags: withTags ? task.tags : [],
    ...times(task),
  };
}

function wireContainer(state: State, task: TaskRecord, container: ContainerDefinition | undefined): unknown {
  const cluster = shortName(task.clusterArn);
  return {
    containerArn: arnOf(state, `container/${cluster}/${task.id}/main`),
    taskArn: task.arn,
    name: task.containerName,
    image: container?.image,
    // A container is PENDING until its task runs, and STOPPED with it.
    lastStatus:
      task.lastStatus === "PROVISIONING" ? "PENDING" : task.lastStatus === "STOPPING" ? "RUNNING" : task.lastStatus,
    healthStatus: "UNKNOWN",
    // The launcher's pid: what `ps` shows for the task on this machine.
    runtimeId: task.launcher === undefined ? undefined : String(task.launcher.pid),
    exitCode: task.exitCode,
    reason: task.stopCode === "TaskFailedToStart" ? task.stoppedReason : undefined,
    networkInterfaces: [],
    networkBindings: task.ports.map((port) => ({ bindIP: "127.0.0.1", ...port })),
  };
}

function times(task: TaskRecord): Record<string, number> {
  const milliseconds = {
    createdAt: task.createdAt,
    pullStartedAt: task.pullStartedAt,
    pullStoppedAt: task.pullStoppedAt,
    startedAt: task.startedAt,
    stoppingAt: task.stoppingAt,
    executionStoppedAt: task.startedAt === undefined ? undefined : task.stoppedAt,
    stoppedAt: task.stoppedAt,
  };
  const present = Object.entries(milliseconds).filter(([, at]) => at !== undefined);
  return Object.fromEntries(present.map(([name, at]) => [name, (at as number) / 1000]));
}
