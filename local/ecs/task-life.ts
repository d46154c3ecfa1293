// Watches over the tasks: starts those that wait, notices those that ended, stops those that shall. Called whenever
// something changed and at least once a second; each look is idempotent, so a kill between two looks loses nothing.
import type { ProcessIdentity } from "../process-identity.ts";
import { awaitStart, runsAgain, shallEnd } from "./interruption.ts";
import { askToStop, exitCode, hasBegun, isRunning, killAll, mainProcess } from "./launch.ts";
import type { ServiceRecord, TaskRecord } from "./records.ts";
import { changeTask, type State, taskFolder } from "./state.ts";
import { startTask, TaskStartError } from "./task-start.ts";
import type { TaskTokens } from "./task-tokens.ts";

export interface TaskLife {
  /**
   * Looks at every live task once.
   * @param mayStart false while the region goes down: tasks that wait for their start go on waiting
   * @returns milliseconds until the next look is worth while
   */
  look(mayStart: boolean): number;
  /** Starts nothing more and resolves when what is under way has come to rest. Running tasks run on. */
  close(): Promise<void>;
}

const DEFAULT_STOP_TIMEOUT_SECONDS = 30;
/** A load balancer drains for this long at most, as in AWS, before the task is stopped under it. */
const LONGEST_DRAIN_SECONDS = 3600;
/** STOPPED means that no process is left; one that the kernel holds in a system call is waited for this long. */
const SWEEP_FOR_MILLISECONDS = 10_000;
/** How long a load balancer that does not answer may keep an ended task from being STOPPED. */
const DEREGISTER_FOR_MILLISECONDS = 10_000;

/**
 * @param onEnded told once for each task that stopped: the service scheduler counts failures
 * @param onTargets told when a service's task entered or left its target groups
 */
export function createTaskLife(
  state: State,
  tokens: TaskTokens,
  onEnded: (task: TaskRecord) => void,
  onTargets: (service: ServiceRecord, verb: "registered" | "deregistered", targetGroupArn: string) => void,
): TaskLife {
  const { context, options, store } = state;
  const underWay = new Map<string, Promise<void>>();
  const starts = new Map<string, AbortController>();
  const retryAt = new Map<string, number>();
  const registered = new Set<string>();
  const deregistered = new Set<string>();
  /** Asked once, with or without success: a load balancer that is away must not keep a task from being stopped. */
  const deregisterTried = new Set<string>();
  const sweptSince = new Map<string, number>();
  /** Interrupted runs whose SIGTERM this engine sent itself. */
  const signalled = new Set<string>();
  let closed = false;

  /** Runs one thing at a time for a task; whatever it was, the next look goes on from the record. */
  function perform(task: TaskRecord, action: () => Promise<void>): void {
    const done = action()
      .catch((error: unknown) => {
        retryAt.set(task.id, context.now() + 1000);
        if (!closed) options.log?.(`task ${task.id}: ${error instanceof Error ? error.message : String(error)}`);
      })
      .finally(() => {
        underWay.delete(task.id);
        if (!closed) state.wake();
      });
    underWay.set(task.id, done);
  }

  async function start(task: TaskRecord): Promise<void> {
    const abort = new AbortController();
    starts.set(task.id, abort);
    try {
      await startTask(state, task, {
        signal: abort.signal,
        metadataUrl: `${options.metadataBaseUrl()}/${tokens.tokenOf(task.id)}`,
        isWanted: () => !closed && !shallEnd(task),
        onExit: () => !closed && state.wake(),
      });
    } catch (error) {
      if (closed || (task.interruptedAt !== undefined && !task.launcher)) return;
      if (task.launcher) throw error; // on record: the next look sees what became of it
      const reason = error instanceof TaskStartError ? error.message : "CannotStartContainerError: internal fault";
      if (!(error instanceof TaskStartError)) options.log?.(`task ${task.id}: ${String(error)}`);
      finish(task, { stopCode: task.stopCode ?? "TaskFailedToStart", stoppedReason: task.stoppedReason ?? reason });
    } finally {
      starts.delete(task.id);
    }
  }

  function finish(task: TaskRecord, how: Partial<TaskRecord>): void {
    const stoppedAt = context.now();
    changeTask(state, task, {
      stoppingAt: task.stoppingAt ?? stoppedAt,
      ...how,
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      stoppedAt,
    });
    forgetWhatWasTried(task);
    onEnded(task);
  }

  function forgetWhatWasTried(task: TaskRecord): void {
    for (const memory of [registered, deregistered, deregisterTried, retryAt, sweptSince, signalled]) {
      memory.delete(task.id);
    }
  }

  /** The processes are gone: sweep what they left, take the task out of the load balancer, write down the end. */
  function ended(task: TaskRecord): number {
    if (task.processesEndedAt === undefined) {
      const since = sweptSince.get(task.id) ?? context.now();
      sweptSince.set(task.id, since);
      if (killRemainsOf(task) > 0 && context.now() - since < SWEEP_FOR_MILLISECONDS) return 20;
      if (runsAgain(state, task)) {
        forgetWhatWasTried(task);
        awaitStart(state, task);
        return 0;
      }
      changeTask(state, task, {
        processesEndedAt: context.now(),
        exitCode: exitCode(taskFolder(state, task.id)) ?? 137,
        lastStatus: "STOPPING",
        desiredStatus: "STOPPED",
        stopCode: task.stopCode ?? "EssentialContainerExited",
        stoppedReason: task.stoppedReason ?? "Essential container in task exited",
      });
    }
    const goingDown = task.stopWithinSeconds !== undefined && deregisterTried.has(task.id);
    const late = goingDown || context.now() - (task.processesEndedAt ?? 0) > DEREGISTER_FOR_MILLISECONDS;
    if (deregistered.has(task.id) || late || targetsOf(task).length === 0) finish(task, {});
    else perform(task, () => atMost(DEREGISTER_FOR_MILLISECONDS, tellTargets(task, "deregister")));
    return 500;
  }

  function stop(task: TaskRecord): number {
    if (targetsOf(task).length > 0 && !deregisterTried.has(task.id) && task.signalledAt === undefined) {
      deregisterTried.add(task.id);
      const patience = (task.stopWithinSeconds ?? LONGEST_DRAIN_SECONDS) * 1000;
      perform(task, () => atMost(patience, tellTargets(task, "deregister")));
      return 1000;
    }
    const { launcher } = task;
    if (!launcher) return 1000;
    if (task.interruptedAt !== undefined) signalInterrupted(task, launcher);
    else if (task.signalledAt === undefined && askToStop(taskFolder(state, task.id), launcher)) {
      changeTask(state, task, { signalledAt: context.now(), lastStatus: "STOPPING" });
    }
    const since = task.signalledAt ?? task.stoppingAt ?? task.interruptedAt ?? 0;
    const left = since + stopTimeoutSeconds(task) * 1000 - context.now();
    if (left <= 0) {
      if (task.interruptedAt !== undefined && task.signalledAt === undefined) recordSignal(task);
      killRemainsOf(task);
      return 50;
    }
    return task.signalledAt === undefined ? 50 : Math.min(left, 200);
  }

  /** On record first: an exit code after it may be the signal's, one before it is the command's own word. */
  function signalInterrupted(task: TaskRecord, launcher: ProcessIdentity): void {
    const folder = taskFolder(state, task.id);
    if (signalled.has(task.id) || mainProcess(folder, launcher) === undefined) return;
    if (task.signalledAt === undefined) recordSignal(task);
    if (askToStop(folder, launcher)) signalled.add(task.id);
  }

  function recordSignal(task: TaskRecord): void {
    changeTask(state, task, { signalledAt: context.now() });
  }

  function lookAt(task: TaskRecord, mayStart: boolean): number {
    if (task.processesEndedAt !== undefined) {
      return ended(task);
    }
    if (!task.launcher) {
      if (task.desiredStatus === "STOPPED") finish(task, {});
      else if (task.interruptedAt !== undefined) awaitStart(state, task);
      else if (mayStart) perform(task, () => start(task));
      return 1000;
    }
    if (!isRunning(task.launcher)) return ended(task);
    if (shallEnd(task)) return stop(task);
    if (task.lastStatus === "PENDING") {
      if (!hasBegun(taskFolder(state, task.id))) return 50;
      changeTask(state, task, { lastStatus: "RUNNING", startedAt: context.now() });
    }
    if (!registered.has(task.id) && targetsOf(task).length > 0) perform(task, () => tellTargets(task, "register"));
    return 1000;
  }

  async function tellTargets(task: TaskRecord, verb: "register" | "deregister"): Promise<void> {
    for (const { targetGroupArn, port } of targetsOf(task)) {
      await options.targets[verb](targetGroupArn, { taskArn: task.arn, address: "127.0.0.1", port });
      const service = store.services.get(task.serviceArn ?? "");
      if (service) onTargets(service, `${verb}ed`, targetGroupArn);
    }
    (verb === "register" ? registered : deregistered).add(task.id);
  }

  function targetsOf(task: TaskRecord): { targetGroupArn: string; port: number }[] {
    const balancers = store.services.get(task.serviceArn ?? "")?.loadBalancers ?? [];
    return balancers.flatMap(({ targetGroupArn, containerPort }) => {
      const port = task.ports.find((mapping) => mapping.containerPort === containerPort)?.hostPort;
      return port === undefined ? [] : [{ targetGroupArn, port }];
    });
  }

  function killRemainsOf(task: TaskRecord): number {
    return task.launcher ? killAll(task.launcher, tokens.tokenOf(task.id)) : 0;
  }

  function stopTimeoutSeconds(task: TaskRecord): number {
    const defined = store.definitions.get(task.definitionArn)?.container.stopTimeout ?? DEFAULT_STOP_TIMEOUT_SECONDS;
    return Math.min(defined, task.stopWithinSeconds ?? defined);
  }

  return {
    look: (mayStart) => {
      if (closed) return 1000;
      let next = 1000;
      for (const task of store.tasks.values()) {
        if (task.lastStatus === "STOPPED") continue;
        if (underWay.has(task.id)) {
          if (shallEnd(task)) starts.get(task.id)?.abort();
        } else if ((retryAt.get(task.id) ?? 0) <= context.now()) next = Math.min(next, lookAt(task, mayStart));
      }
      return next;
    },
    close: async () => {
      closed = true;
      for (const start of starts.values()) start.abort();
      // Bounded: a load balancer that does not answer must not keep the region from closing.
      const patience = new Promise((resolve) => setTimeout(resolve, 1000).unref());
      await Promise.race([Promise.allSettled(underWay.values()), patience]);
    },
  };
}

/** Waits for `work`, but no longer than that; it goes on by itself. */
async function atMost(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
