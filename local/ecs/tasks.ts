// Task operations: RunTask, StopTask, DescribeTasks, ListTasks. They write down what is wanted; task-life.ts does it.
import { type JsonInput, type JsonOperation, ServiceError } from "../json-protocol.ts";
import {
  clientException,
  invalidParameter,
  list,
  nameValues,
  optionalInteger,
  optionalText,
  page,
  refuseUnknown,
  requestHash,
  requiredText,
  structure,
  tags,
  textList,
} from "./input.ts";
import { availableMemory } from "./memory.ts";
import type { ClusterRecord, DefinitionRecord, StopCode, TaskOverrides, TaskRecord } from "./records.ts";
import { arnOf, changeTask, clusterOf, findTask, newId, type State, serviceArn, shortName } from "./state.ts";
import { runnableDefinition } from "./task-definitions.ts";
import { wireTask } from "./task-shape.ts";

/** The four operations on tasks. */
export function taskOperations(state: State): Record<string, JsonOperation> {
  return {
    RunTask: (input) => runTask(state, input),
    StopTask: (input) => {
      const cluster = clusterOf(state, input);
      const task = findTask(state, cluster, requiredText(input, "task"));
      if (!task) throw invalidParameter("The referenced task was not found.");
      stopTask(state, task, "UserInitiated", optionalText(input, "reason", 1024) ?? "Task stopped by user");
      return { task: wireTask(state, task, false) };
    },
    DescribeTasks: (input) => {
      const cluster = clusterOf(state, input);
      const names = textList(input, "tasks");
      if (names.length === 0) throw invalidParameter("Tasks cannot be empty.");
      if (names.length > 100) throw invalidParameter("Tasks must have length less than or equal to 100.");
      const withTags = textList(input, "include").includes("TAGS");
      const failures = names
        .filter((name) => !findTask(state, cluster, name))
        .map((name) => ({ arn: arnOf(state, `task/${cluster.name}/${shortName(name)}`), reason: "MISSING" }));
      const found = names.flatMap((name) => findTask(state, cluster, name) ?? []);
      return { tasks: found.map((task) => wireTask(state, task, withTags)), failures };
    },
    ListTasks: (input) => listTasks(state, input),
  };
}

export interface NewTask {
  readonly cluster: ClusterRecord;
  readonly definition: DefinitionRecord;
  readonly group: string;
  readonly launchType: string;
  readonly service?: { readonly arn: string; readonly deploymentId: string };
  readonly startedBy?: string;
  readonly clientToken?: string;
  readonly overrides?: TaskOverrides;
  readonly tags?: TaskRecord["tags"];
}

/** A task that is wanted and not yet written down: the caller puts it into the store. */
export function newTask(state: State, wanted: NewTask): TaskRecord {
  const id = newId();
  return {
    id,
    arn: arnOf(state, `task/${wanted.cluster.name}/${id}`),
    clusterArn: wanted.cluster.arn,
    definitionArn: wanted.definition.arn,
    containerName: wanted.definition.container.name,
    group: wanted.group,
    launchType: wanted.launchType,
    ...(wanted.service ? { serviceArn: wanted.service.arn, deploymentId: wanted.service.deploymentId } : {}),
    ...(wanted.startedBy === undefined ? {} : { startedBy: wanted.startedBy }),
    ...(wanted.clientToken === undefined ? {} : { clientToken: wanted.clientToken }),
    overrides: wanted.overrides ?? {},
    tags: wanted.tags ?? [],
    lastStatus: "PROVISIONING",
    desiredStatus: "RUNNING",
    version: 1,
    createdAt: state.context.now(),
    ports: [],
  };
}

/**
 * Writes down that a task shall stop, for good. A task that already stops keeps its first reason.
 * @param withinSeconds the longest time between SIGTERM and SIGKILL, when shorter than the definition's stop timeout
 */
export function stopTask(
  state: State,
  task: TaskRecord,
  stopCode: StopCode,
  reason: string,
  withinSeconds?: number,
): void {
  const within = withinSeconds === undefined ? {} : { stopWithinSeconds: withinSeconds };
  if (task.desiredStatus === "STOPPED") {
    if (withinSeconds !== undefined) changeTask(state, task, within);
    return;
  }
  delete task.interruptedAt; // its run ends anyway, and it is not to be run again
  changeTask(state, task, {
    desiredStatus: "STOPPED",
    stoppingAt: state.context.now(),
    stopCode,
    stoppedReason: reason,
    ...within,
  });
  state.wake();
}

/** Whether the machine has the memory a definition asks for, tasks that are placed and do not run yet included. */
export function hasMemoryFor(state: State, definition: DefinitionRecord, count = 1): boolean {
  const notYetUsed = state.store.tasks
    .values()
    .filter((task) => task.lastStatus === "PROVISIONING" || task.lastStatus === "PENDING")
    .reduce((sum, task) => sum + memoryOf(state.store.definitions.get(task.definitionArn)), 0);
  const available = (state.options.availableMemory ?? availableMemory)();
  return available - notYetUsed >= memoryOf(definition) * count;
}

function memoryOf(definition: DefinitionRecord | undefined): number {
  return Number(definition?.memory ?? definition?.container.memory ?? 0);
}

function runTask(state: State, input: JsonInput): unknown {
  const cluster = clusterOf(state, input);
  const clientToken = optionalText(input, "clientToken", 64);
  const hash = requestHash({ ...input, cluster: cluster.arn });
  const tokenKey = `${cluster.arn} ${clientToken}`;
  const used = clientToken === undefined ? undefined : state.store.tokens.get(tokenKey);
  if (used) {
    if (used.requestHash !== hash) {
      throw new ServiceError("ConflictException", "The clientToken was used with other parameters.", {
        members: { resourceIds: used.taskArns },
      });
    }
    const tasks = used.taskArns.flatMap((arn) => state.store.tasks.get(shortName(arn)) ?? []);
    return { tasks: tasks.map((task) => wireTask(state, task, false)), failures: [] };
  }
  refuseUnknown(input, RUN_TASK_MEMBERS, "RunTask");
  const definition = runnableDefinition(state, requiredText(input, "taskDefinition"));
  const count = optionalInteger(input, "count", 1, 10) ?? 1;
  if (!hasMemoryFor(state, definition, count)) {
    return { tasks: [], failures: [{ arn: cluster.arn, reason: "RESOURCE:MEMORY" }] };
  }
  const startedBy = optionalText(input, "startedBy", 128);
  const wanted: NewTask = {
    cluster,
    definition,
    group: optionalText(input, "group") ?? `family:${definition.family}`,
    launchType: optionalText(input, "launchType") ?? "FARGATE",
    overrides: taskOverrides(input, definition),
    tags:
      optionalText(input, "propagateTags") === "TASK_DEFINITION" ? [...definition.tags, ...tags(input)] : tags(input),
    ...(startedBy === undefined ? {} : { startedBy }),
    ...(clientToken === undefined ? {} : { clientToken }),
  };
  const tasks = Array.from({ length: count }, () => newTask(state, wanted));
  state.store.atomically(() => {
    for (const task of tasks) state.store.tasks.put(task.id, task);
    if (clientToken !== undefined) {
      const taskArns = tasks.map((task) => task.arn);
      state.store.tokens.put(tokenKey, { requestHash: hash, taskArns, usedAt: state.context.now() });
    }
  });
  state.wake();
  return { tasks: tasks.map((task) => wireTask(state, task, false)), failures: [] };
}

/** Those after the first line mean nothing for a process on the one machine there is. */
const RUN_TASK_MEMBERS = [
  ...["cluster", "taskDefinition", "count", "clientToken", "startedBy", "group", "launchType", "overrides", "tags"],
  ...["networkConfiguration", "capacityProviderStrategy", "platformVersion", "placementConstraints", "propagateTags"],
  ...["placementStrategy", "enableECSManagedTags", "enableExecuteCommand", "referenceId"],
];

function taskOverrides(input: JsonInput, definition: DefinitionRecord): TaskOverrides {
  const overrides = input["overrides"] === undefined ? {} : structure(input["overrides"], "overrides");
  const containers = list(overrides, "containerOverrides").map((entry) => structure(entry, "containerOverrides"));
  if (containers.length > 1) throw invalidParameter("Override the task's one container once.");
  const container = containers[0] ?? {};
  refuseUnknown(overrides, ["containerOverrides", "taskRoleArn"], "task override");
  refuseUnknown(container, ["name", "command", "environment"], "container override");
  if (containers.length === 1 && optionalText(container, "name") !== definition.container.name) {
    throw invalidParameter(
      `Override for container named ${String(container["name"])} is not a container in the TaskDefinition.`,
    );
  }
  const taskRoleArn = optionalText(overrides, "taskRoleArn");
  return {
    ...(container["command"] === undefined ? {} : { command: textList(container, "command") }),
    ...(container["environment"] === undefined ? {} : { environment: nameValues(container, "environment") }),
    ...(taskRoleArn === undefined ? {} : { taskRoleArn }),
  };
}

function listTasks(state: State, input: JsonInput): unknown {
  const cluster = clusterOf(state, input);
  const desired = optionalText(input, "desiredStatus") ?? "RUNNING";
  if (desired === "PENDING")
    throw clientException("ECS never sets a task's desiredStatus to PENDING: filter by RUNNING.");
  const service = optionalText(input, "serviceName");
  const family = optionalText(input, "family");
  const startedBy = optionalText(input, "startedBy");
  const wantedService = service === undefined ? undefined : serviceArn(state, cluster, shortName(service));
  if (wantedService !== undefined && !state.store.services.get(wantedService)) {
    throw new ServiceError("ServiceNotFoundException", "Service not found.");
  }
  const arns = state.store.tasks
    .values()
    .filter((task) => findTask(state, cluster, task.arn) && task.desiredStatus === desired)
    .filter((task) => wantedService === undefined || task.serviceArn === wantedService)
    .filter((task) => family === undefined || shortName(task.definitionArn).split(":")[0] === family)
    .filter((task) => startedBy === undefined || task.startedBy === startedBy || task.deploymentId === startedBy)
    .map((task) => task.arn);
  const { arns: taskArns, nextToken } = page(input, arns);
  return { taskArns, nextToken };
}
