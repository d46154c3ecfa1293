// What a step of an upgrade sees: the facts its rules ask for, each group from the port that knows it. A step looks only where it
// has a port; a rule that asks for a fact nobody looked at is a fault, and says so.
import type { OperationItem } from "../domain/items.ts";
import type { StepDirection } from "../domain/ladders.ts";
import type { UpgradePlan } from "../domain/plan-upgrade.ts";
import type { Report } from "../domain/reports.ts";
import { journalKey } from "../domain/step-door.ts";
import type { UpgradeStep } from "../domain/upgrade-ladder.ts";
import type { OneOffState, UpgradeFacts } from "../domain/upgrade-rules.ts";
import { drainVerdict } from "../domain/worker-drain.ts";
import type { Containers, OneOffState as Described } from "../ports/containers.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { CopyFacts, DatabaseCopies } from "../ports/database-copies.ts";

/** Some facts; asking for another one throws. */
export type Seen = Partial<UpgradeFacts>;

/** @throws Error on a fact that was not looked at, by its name */
export const asFacts = (seen: Seen): UpgradeFacts =>
  new Proxy(seen, {
    get(target, name) {
      if (!(name in target)) throw new Error(`This step of an upgrade does not look at ${String(name)}.`);
      return target[name as keyof UpgradeFacts];
    },
  }) as UpgradeFacts;

/**
 * The old services, and tasks of those before them that still end. A stop that was cut off half-way has some services wanted: forward that is *wanted* still, on the way back
 * not yet again.
 */
export async function lookAtOld(
  { old, ending }: UpgradePlan,
  { containers }: { readonly containers: Containers },
  direction: StepDirection,
): Promise<Seen> {
  const observed = await containers.observe([...old, ...ending].map(({ service }) => service));
  const tasksOf = (services: readonly { readonly service: string }[]) =>
    observed
      .filter(({ name }) => services.some(({ service }) => service === name))
      .flatMap(({ runningTaskIds }) => runningTaskIds);
  const told = old.map(({ role, service, count }) => {
    const seen = observed.find(({ name }) => name === service);
    const desired = seen?.desiredCount ?? 0;
    return { role, wanted: direction === "run" ? desired > 0 : desired >= count };
  });
  const workers = told.filter(({ role }) => role === "worker");
  const others = told.filter(({ role }) => role !== "worker");
  return {
    oldWanted: direction === "run" ? others.some(({ wanted }) => wanted) : told.every(({ wanted }) => wanted),
    oldWorkersWanted: workers.some(({ wanted }) => wanted),
    oldWorkers: tasksOf([...old, ...ending].filter(({ role }) => role === "worker")).length,
    oldTasks: tasksOf([...old, ...ending]).length,
  };
}

/** @throws Error when the database is gone: nothing of this operation ever drops it */
export async function lookAtSource(
  { databases }: UpgradePlan,
  { databaseCopies }: { readonly databaseCopies: DatabaseCopies },
): Promise<Seen> {
  const facts = await databaseCopies.lookAtSource(databases.source);
  if (!facts) throw new Error(`The database ${databases.source.database} does not exist.`);
  return {
    sourceOpen: facts.open,
    sourceSealed: facts.sealed,
    sourceConnections: facts.connections,
    running: facts.running,
    // listed and marked in one transaction: what runs is not listed
    unlisted: facts.running,
  };
}

/** The copy as the rules see it, and as it says itself. */
export async function lookAtCopy(
  { databases, queue }: UpgradePlan,
  { databaseCopies }: { readonly databaseCopies: DatabaseCopies },
): Promise<{ readonly seen: Seen; readonly copy: CopyFacts | null }> {
  const copy = await databaseCopies.lookAtCopy(databases.copy, queue.from);
  const { state } = copy?.migration ?? {};
  const seen = copy && {
    untouched: state === "untouched",
    migrated: state === "done",
    queued: copy.queued,
    connections: copy.connections,
  };
  return { seen: { copy: seen }, copy };
}

/** A one-off task of this operation by its family, which is its start token too. */
export const lookAtTask = (
  { family }: { readonly family: string },
  { containers }: { readonly containers: Containers },
): Promise<Described> => containers.describeOnce(family, family);

const states = { missing: "none", running: "running", stopped: "ended" } as const;

/**
 * The rules' word for it. `stopping` is not among them: whoever stops a task waits until it has stopped.
 * @param justStarted the container service may not list it yet
 */
export const stateOf = ({ state }: Described, justStarted = false): OneOffState =>
  state === "missing" && justStarted ? "running" : states[state];

/** How long ECS may take to list a task it has started: its listings are of "eventual consistency". */
const listedWithinMilliseconds = 60_000;

/** Whether the task a step starts may not be listed yet, by the journal. */
export function justStarted({ journal }: OperationItem, step: UpgradeStep, now: number): boolean {
  const endedAt = journal[journalKey("run", step)]?.endedAt;
  return endedAt !== undefined && now - endedAt < listedWithinMilliseconds;
}

/** Tasks of the new generation that run or end. */
export async function lookAtNew(
  { services }: UpgradePlan,
  { containers }: { readonly containers: Containers },
): Promise<Seen> {
  const observed = await containers.observe(services.map(({ name }) => name));
  return { newTasks: observed.flatMap(({ runningTaskIds }) => runningTaskIds).length };
}

/** Whether the old tasks have let go, and if not, who has not. */
export async function lookAtPause(
  operation: OperationItem,
  plan: UpgradePlan,
  { containers, controlBucket }: { readonly containers: Containers; readonly controlBucket: ControlBucket },
  now: number,
): Promise<{ readonly seen: Seen; readonly waitsFor: string }> {
  const [observed, reports] = await Promise.all([
    containers.observe(plan.old.map(({ service }) => service)),
    controlBucket.reports(plan.names.prefix),
  ]);
  const tasksOf = (role: string) => {
    const services = plan.old.filter((one) => one.role === role).map(({ service }) => service);
    return observed.filter(({ name }) => services.includes(name)).flatMap(({ runningTaskIds }) => runningTaskIds);
  };
  const { operationId } = operation;
  const drained = drainVerdict(operationId, tasksOf("worker"), reports);
  const scheduling = tasksOf("scheduler").filter((taskId) => !hasPaused(taskId, operationId, reports));
  const waits = [
    ...(scheduling.length > 0
      ? [`${scheduling.length} schedulers have not stopped yet: ${scheduling.join(", ")}`]
      : []),
    ...(drained.verdict === "ready" ? [] : [drained.reason]),
  ];
  const asked = operation.journal[journalKey("run", "pause-scheduling")];
  const since = asked?.endedAt ?? asked?.startedAt ?? now;
  return {
    seen: { paused: waits.length === 0, pauseOverdue: now - since >= plan.pause.deadlineSeconds * 1000 },
    waitsFor: waits.join("; "),
  };
}

const hasPaused = (taskId: string, operationId: string, reports: readonly Report[]): boolean => {
  const pause = reports.find((report) => report.taskId === taskId)?.pause;
  return pause?.id === operationId && pause.state === "paused";
};
