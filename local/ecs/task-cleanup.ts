// Forgets what is over: folders and records of stopped tasks, deleted services, used tokens, deleted definitions.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { TaskRecord } from "./records.ts";
import { isRemembered, type State, shortName, taskFolder } from "./state.ts";
import { forgetDeletedDefinitions } from "./task-definitions.ts";
import { rotateLog } from "./task-log.ts";

/** A client token keeps its meaning, and the record of its task, for a day: an operation may be resumed late. */
const TOKEN_MILLISECONDS = 24 * 3_600_000;

/**
 * Removes what is no longer needed: a stopped task's folder after an hour, or at once when its service or definition
 * was deleted, or a one-off task's definition deregistered; records after an hour (a day for tasks with a client token). Rotates the logs of live tasks.
 */
export async function cleanUp(state: State): Promise<void> {
  const { store, context } = state;
  const now = context.now();
  for (const task of store.tasks.values()) {
    if (task.lastStatus !== "STOPPED") {
      await rotateLog(taskFolder(state, task.id));
      continue;
    }
    if (!task.folderRemoved && isFolderDone(state, task, now)) {
      await rm(taskFolder(state, task.id), { recursive: true, force: true });
      task.folderRemoved = true;
      store.tasks.put(task.id, task);
    }
    const kept =
      task.clientToken === undefined
        ? isRemembered(task.stoppedAt, now)
        : now - (task.stoppedAt ?? 0) < TOKEN_MILLISECONDS;
    if (!kept && task.folderRemoved) store.tasks.delete(task.id);
  }
  for (const service of store.services.values()) {
    if (!isRemembered(service.endedAt, now)) store.services.delete(service.arn);
  }
  store.tokens.forget(
    (token) =>
      now - token.usedAt > TOKEN_MILLISECONDS && !token.taskArns.some((arn) => store.tasks.get(shortName(arn))),
  );
  forgetDeletedDefinitions(state);
}

/** Removes folders no record knows: a kill between deleting a record's folder and the record leaves none, the rest may. */
export async function removeUnknownFolders(state: State): Promise<void> {
  const folder = join(state.context.folder, "tasks");
  for (const name of await readdir(folder)) {
    if (!state.store.tasks.get(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isFolderDone(state: State, task: TaskRecord, now: number): boolean {
  if (!isRemembered(task.stoppedAt, now)) return true;
  const definition = state.store.definitions.get(task.definitionArn);
  if (!definition || definition.status === "DELETE_IN_PROGRESS") return true;
  if (task.serviceArn === undefined) return definition.status === "INACTIVE";
  return (state.store.services.get(task.serviceArn)?.status ?? "INACTIVE") === "INACTIVE";
}
