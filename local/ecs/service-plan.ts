// Which tasks a service starts and stops now: a pure decision over its record, its live tasks and the time.
import type { DeploymentRecord, ServiceRecord, TaskRecord } from "./records.ts";

export interface ServicePlan {
  /** Tasks of the newest deployment to start. */
  readonly start: number;
  readonly stop: readonly { readonly task: TaskRecord; readonly reason: string }[];
  /** Tasks that should stop and may not: their protection runs. */
  readonly protectedTasks: number;
  /** When to look again although nothing happens: a back-off or a protection ends. */
  readonly wakeAt?: number;
  /** Everything is as wanted: the deployment is complete. */
  readonly steady: boolean;
}

/**
 * ECS's rolling replacement: never fewer running tasks than `minimumHealthyPercent` of the desired count, never more
 * live ones than `maximumPercent`; new ones first, old ones stop once new ones run. Scale-in takes unprotected tasks
 * only: oldest deployment first, then the newest started, so that the longest-proven task stays.
 * @param tasks every task of this service that is not STOPPED
 */
export function planService(service: ServiceRecord, tasks: readonly TaskRecord[], now: number): ServicePlan {
  const live = tasks.filter((task) => task.desiredStatus === "RUNNING");
  if (service.status !== "ACTIVE") return stopAll(live, tasks);
  const primary = service.deployments[0] as DeploymentRecord;
  const desired = service.desiredCount;
  const current = live.filter((task) => task.deploymentId === primary.id);
  const old = live.filter((task) => task.deploymentId !== primary.id);
  const isProtected = (task: TaskRecord) => (task.protectedUntil ?? 0) > now;
  const isRunning = (task: TaskRecord) => task.lastStatus === "RUNNING";

  const stop: { task: TaskRecord; reason: string }[] = [];
  let held = 0;
  let running = live.filter(isRunning).length;
  const floor = Math.ceil((desired * service.minimumHealthyPercent) / 100);

  for (const task of oldestDeploymentFirst(service, old)) {
    if (isProtected(task)) held += 1;
    else if (!isRunning(task) || running > floor) {
      if (isRunning(task)) running -= 1;
      stop.push({ task, reason: `Scaling activity initiated by (deployment ${task.deploymentId})` });
    }
  }
  let surplus = current.length - desired;
  // Those that do not run yet go first: a running task is worth more, however new the others are.
  const candidates = newestFirst(current).sort((one, other) => Number(isRunning(one)) - Number(isRunning(other)));
  for (const task of candidates) {
    if (surplus <= 0) break;
    if (isProtected(task) || (isRunning(task) && running <= floor)) continue;
    if (isRunning(task)) running -= 1;
    stop.push({ task, reason: `Scaling activity initiated by (deployment ${task.deploymentId})` });
    surplus -= 1;
  }
  held += Math.min(Math.max(0, surplus), current.filter(isProtected).length);

  const ceiling = Math.max(1, Math.floor((desired * service.maximumPercent) / 100));
  const missing = Math.max(0, desired - current.length);
  const room = old.length === 0 ? missing : Math.max(0, ceiling - live.length + stop.length);
  const wanted = Math.min(missing, room);
  const start = primary.notBefore > now ? 0 : wanted;
  const ends = live.filter(isProtected).map((task) => task.protectedUntil as number);
  const wakes = [...(held > 0 ? ends : []), ...(wanted > start ? [primary.notBefore] : [])];
  return {
    start,
    stop,
    protectedTasks: held,
    steady: tasks.length === desired && current.length === desired && current.every(isRunning),
    ...(wakes.length > 0 ? { wakeAt: Math.min(...wakes) } : {}),
  };
}

/** A start that failed sooner than this after it began raises the back-off; a longer run ends it. */
const PROVEN_MILLISECONDS = 60_000;
const FIRST_DELAY_MILLISECONDS = 500;
const LONGEST_DELAY_MILLISECONDS = 30_000;

/**
 * The deployment after one of its tasks ended by itself: 0.5 s until the next start, doubled with each failure in a
 * row up to 30 s, from the beginning again after a task that ran for a minute. Tasks that were started before the last
 * failure tell nothing new, so five that die together count once.
 */
export function afterFailure(deployment: DeploymentRecord, task: TaskRecord, now: number): DeploymentRecord {
  const failedTasks = deployment.failedTasks + 1;
  if (task.createdAt < deployment.lastFailureAt) return { ...deployment, failedTasks };
  const proven = task.startedAt !== undefined && now - task.startedAt >= PROVEN_MILLISECONDS;
  const failures = proven ? 1 : deployment.failures + 1;
  const delay = Math.min(LONGEST_DELAY_MILLISECONDS, FIRST_DELAY_MILLISECONDS * 2 ** (failures - 1));
  return { ...deployment, failedTasks, failures, lastFailureAt: now, notBefore: now + delay };
}

function stopAll(live: readonly TaskRecord[], tasks: readonly TaskRecord[]): ServicePlan {
  const stop = live.map((task) => ({ task, reason: "Service deleted" }));
  return { start: 0, stop, protectedTasks: 0, steady: tasks.length === 0 };
}

function newestFirst(tasks: readonly TaskRecord[]): TaskRecord[] {
  return [...tasks].sort((one, other) => other.createdAt - one.createdAt);
}

function oldestDeploymentFirst(service: ServiceRecord, tasks: readonly TaskRecord[]): TaskRecord[] {
  const age = (task: TaskRecord) => {
    const index = service.deployments.findIndex((deployment) => deployment.id === task.deploymentId);
    return index === -1 ? service.deployments.length : index; // newest deployment is 0
  };
  return newestFirst(tasks).sort((one, other) => age(other) - age(one));
}
