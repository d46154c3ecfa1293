// What the engine's parts share: context, options, store, and the ways to name and find a record.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { EngineContext } from "../engine.ts";
import { type JsonInput, ServiceError } from "../json-protocol.ts";
import { invalidParameter, optionalText } from "./input.ts";
import type { EcsOptions } from "./options.ts";
import type { ClusterRecord, ServiceRecord, TaskRecord } from "./records.ts";
import type { Store } from "./store.ts";

/** How long a stopped task and a deleted service can still be described: ECS promises an hour. */
export const REMEMBERED_MILLISECONDS = 3_600_000;

export interface State {
  readonly context: EngineContext;
  readonly options: EcsOptions;
  readonly store: Store;
  /** Asks the supervisor and the service scheduler to look at once, because something changed. */
  readonly wake: () => void;
}

/** `arn:aws:ecs:<region>:<account>:<rest>` */
export function arnOf(state: State, rest: string): string {
  return `arn:aws:ecs:${state.context.region}:${state.context.accountId}:${rest}`;
}

export function taskFolder(state: State, taskId: string): string {
  return join(state.context.folder, "tasks", taskId);
}

/** An id in ECS's form: 32 hexadecimal digits. */
export function newId(): string {
  return randomBytes(16).toString("hex");
}

/** The last part of an ARN, or the name itself. */
export function shortName(arnOrName: string): string {
  return arnOrName.slice(arnOrName.lastIndexOf("/") + 1);
}

/** The cluster a request names (by name or ARN; absent means `default`), or ClusterNotFoundException. */
export function clusterOf(state: State, input: JsonInput): ClusterRecord {
  const name = shortName(optionalText(input, "cluster") ?? "default");
  const cluster = state.store.clusters.get(name);
  if (!cluster) throw new ServiceError("ClusterNotFoundException", "Cluster not found.");
  return cluster;
}

/** A task by id or ARN that ECS would still describe: stopped ones for an hour. */
export function findTask(state: State, cluster: ClusterRecord, idOrArn: string): TaskRecord | undefined {
  const task = state.store.tasks.get(shortName(idOrArn));
  if (!task || task.clusterArn !== cluster.arn) return undefined;
  if (idOrArn.startsWith("arn:") && idOrArn !== task.arn) return undefined;
  return isRemembered(task.stoppedAt, state.context.now()) ? task : undefined;
}

/** Whether something that ended then (undefined: has not ended) is still shown. */
export function isRemembered(endedAt: number | undefined, now: number): boolean {
  return endedAt === undefined || now - endedAt < REMEMBERED_MILLISECONDS;
}

/** The ARN a service of this name would have in a cluster. */
export function serviceArn(state: State, cluster: ClusterRecord, name: string): string {
  return arnOf(state, `service/${cluster.name}/${name}`);
}

export function findService(state: State, cluster: ClusterRecord, nameOrArn: string): ServiceRecord | undefined {
  const service = state.store.services.get(serviceArn(state, cluster, shortName(nameOrArn)));
  if (!service || (nameOrArn.startsWith("arn:") && nameOrArn !== service.arn)) return undefined;
  return isRemembered(service.endedAt, state.context.now()) ? service : undefined;
}

/** Changes a task and makes the change durable. */
export function changeTask(state: State, task: TaskRecord, change: Partial<TaskRecord>): void {
  Object.assign(task, change);
  task.version += 1;
  state.store.tasks.put(task.id, task);
}

/** Names of clusters, services and families: letters, digits, `-` and `_`, 255 at most. */
export function checkedName(value: string, what: string): string {
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(value)) {
    throw invalidParameter(
      `${what} contains invalid characters: use up to 255 letters, numbers, underscores, hyphens.`,
    );
  }
  return value;
}
