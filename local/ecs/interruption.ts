// One-off tasks across `hangar down`: the region's end interrupts a run, never the task. The same task (ARN, start token,
// folder) is started again by the next region. Why, and why a reboot counts the same: docs/decisions/own-ecs-engine.md.
import { isFromEarlierBoot } from "../process-identity.ts";
import { exitCode, forgetRun, hasBegun } from "./launch.ts";
import type { TaskRecord } from "./records.ts";
import { changeTask, type State, taskFolder } from "./state.ts";

/**
 * Writes down that a one-off task's run shall end because the region goes down. The task stays wanted: it shows RUNNING
 * until its processes are gone, and PROVISIONING from then on.
 * @param withinSeconds the longest time between SIGTERM and SIGKILL
 */
export function interruptTask(state: State, task: TaskRecord, withinSeconds: number): void {
  const interruptedAt = task.interruptedAt ?? state.context.now();
  changeTask(state, task, { interruptedAt, stopWithinSeconds: withinSeconds });
  state.wake();
}

/** Whether the processes of a task that has some shall end: for good, or until the next start. */
export function shallEnd(task: TaskRecord): boolean {
  return task.desiredStatus === "STOPPED" || task.interruptedAt !== undefined;
}

/**
 * Lets the tasks run on that a region, killed while it went down, had not signalled yet. One that was signalled is
 * not to be trusted with its work any more: it still ends, and runs again.
 */
export function keepUnsignalledTasks(state: State): void {
  for (const task of state.store.tasks.values()) {
    if (task.interruptedAt === undefined || task.signalledAt !== undefined) continue;
    delete task.interruptedAt;
    delete task.stopWithinSeconds;
    changeTask(state, task, {});
  }
}

/**
 * Whether a wanted task whose launcher is gone is to run again: its command never began, or the region's end or the
 * machine's ended it. One that ended by its own word (exit code 0, or any code nobody interrupted it for) is over.
 */
export function runsAgain(state: State, task: TaskRecord): boolean {
  if (task.desiredStatus === "STOPPED" || !task.launcher) return false;
  const folder = taskFolder(state, task.id);
  if (task.lastStatus === "PENDING" && !hasBegun(folder)) return true;
  if (task.serviceArn !== undefined) return false; // the service starts another
  const code = exitCode(folder);
  if (task.interruptedAt !== undefined && task.signalledAt !== undefined) return code !== 0;
  return code === undefined && isFromEarlierBoot(task.launcher);
}

/** Whether a one-off task has nothing to end before the region may go: it waits for a start, this region's or the next's. */
export function isWaiting(task: TaskRecord): boolean {
  return task.serviceArn === undefined && task.lastStatus === "PROVISIONING" && !task.launcher && !shallEnd(task);
}

/** Makes a task whose processes are gone one that waits to be started. Safe to repeat after a kill at any line. */
export function awaitStart(state: State, task: TaskRecord): void {
  // Before the record: while the files are away the record still says why the run was interrupted.
  forgetRun(taskFolder(state, task.id));
  for (const member of OF_ONE_RUN) delete task[member];
  changeTask(state, task, { lastStatus: "PROVISIONING", ports: [] });
}

const OF_ONE_RUN = [
  "interruptedAt",
  "stopWithinSeconds",
  "signalledAt",
  "launcher",
  "pullStartedAt",
  "pullStoppedAt",
  "startedAt",
] as const;
