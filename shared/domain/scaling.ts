// How many workers an environment shall have now: a pure decision over its load, its workers and its limits. Out at once;
// in only by drains, and only when nothing in a whole window needed them (design, section 8).
import type { Drain } from "./control-document.ts";
import type { ScalingFacts } from "./pool.ts";
import { type LoadPoint, newestLoad, peakNeed } from "./scaling-load.ts";

/** One task of the worker service that has not stopped. */
export interface WorkerSeen {
  readonly taskId: string;
  /** Tasks received and not finished; null while it has not said so. */
  readonly inHand: number | null;
  /** Its report says so: it never takes work again, and nothing protects it. */
  readonly released: boolean;
}

/** One look at everything the decision needs. */
export interface ScalingView {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly limits: { readonly min: number; readonly max: number };
  /** Workers that are to take work, by the last decision. */
  readonly target: number;
  /** When target or drains last changed; milliseconds since the epoch. */
  readonly changedAt: number;
  /** Drains of single workers; their ids are those of the decisions that ordered them. */
  readonly drains: readonly Drain[];
  /** Oldest first. */
  readonly load: readonly LoadPoint[];
  /** Those that start, too. */
  readonly workers: readonly WorkerSeen[];
  /** How many tasks the container service was told to keep. */
  readonly desired: number;
  readonly generation: number;
}

export interface ScalingDecision {
  readonly target: number;
  readonly drains: readonly Drain[];
  /** What the container service is told: never fewer than the workers that have not let go. */
  readonly desired: number;
  /** Released workers, to be stopped. */
  readonly stop: readonly string[];
  /** Seconds until to look again without being asked; null: settled. */
  readonly againSeconds: number | null;
  /** Why there are so many, for people. */
  readonly reason: string;
}

/**
 * Decides.
 *
 * 1. Nothing measured lately: the number stays, and drains under way go on.
 * 2. More needed than there are: as many as needed, at once. Workers that drain are asked back first, the busiest first:
 *    who has let go meanwhile counts out and is replaced.
 * 3. Fewer needed in every measurement of a whole window: the rest is drained, idle ones first.
 * 4. A worker that has let go is stopped and counts no more. Should the container service have taken another one that was
 *    still starting, it starts a new one in its place.
 *
 * @param decisionId names the drains this decision orders; another one each time
 */
export function decideScaling(view: ScalingView, facts: ScalingFacts, decisionId: string): ScalingDecision {
  const ordered = new Set(view.drains.flatMap(({ tasks }) => tasks ?? []));
  const released = view.workers.filter((worker) => worker.released);
  const going = view.workers.filter((worker) => !worker.released && ordered.has(worker.taskId));
  const active = view.workers.filter((worker) => !worker.released && !ordered.has(worker.taskId));

  const wanted = wantedWorkers(view, facts);
  const back = new Set(
    busiestFirst(going)
      .slice(0, Math.max(0, wanted.target - view.target))
      .map(idOf),
  );
  const taking = active.length + back.size;
  const leaving = wanted.held ? [] : idleFirst(active).slice(0, Math.max(0, taking - wanted.target));
  const kept = going.filter(({ taskId }) => !back.has(taskId));
  const drains = drainsOf(view, new Set(kept.map(idOf)), leaving.map(idOf), decisionId);
  const desired = Math.max(wanted.target, taking - leaving.length) + kept.length + leaving.length;
  const unsettled =
    back.size > 0 ||
    active.length !== wanted.target ||
    wanted.target !== view.target ||
    desired !== view.desired ||
    mayBeRaisedStill(view, facts);
  const draining = kept.length + leaving.length + released.length > 0;
  return {
    target: wanted.target,
    drains,
    desired,
    stop: released.map(idOf),
    againSeconds: wanted.held ? null : unsettled ? facts.againSeconds : draining ? facts.drainSeconds : null,
    reason: wanted.reason,
  };
}

/**
 * Whether the alarm that led to the last change may still be raised: then it tells of no further growth, and nobody looks who
 * does not look by himself. After a change measurements fall short of need for up to a period and the time the new number takes to
 * reach the monitor; the alarm's own period stays breached to its end, and CloudWatch evaluates once in another one.
 */
function mayBeRaisedStill(view: ScalingView, facts: ScalingFacts): boolean {
  const settled = view.changedAt + 2000 * (facts.metricSeconds + facts.alarmSeconds);
  return (newestLoad(view.load)?.at ?? 0) <= settled;
}

interface Wanted {
  readonly target: number;
  readonly held: boolean;
  readonly reason: string;
}

function wantedWorkers(view: ScalingView, facts: ScalingFacts): Wanted {
  const { min, max } = view.limits;
  const within = (count: number) => Math.min(max, Math.max(min, count));
  const newest = newestLoad(view.load);
  const bounds = `between MinWorkers ${min} and MaxWorkers ${max}`;
  if (!newest || view.now - newest.at > facts.staleSeconds * 1000) {
    const since = newest ? `for ${Math.round((view.now - newest.at) / 1000)} s` : "yet";
    const reason = `${count(view.target)} held: the environment's monitor has measured nothing ${since}.`;
    return { target: view.target, held: true, reason };
  }
  const tasks = `${newest.running} running and ${newest.queued} queued tasks`;
  const need = within(newest.need);
  const now = within(view.target);
  if (need > now) {
    const capped = newest.need > max ? `, which would fill ${newest.need}` : "";
    const reason = `${count(need)}: ${tasks}, ${newest.slots} to a worker${capped}, ${bounds}.`;
    return { target: need, held: false, reason };
  }
  const peak = peakNeed(view.load, view.now, facts);
  const target = Math.max(need, Math.min(now, within(peak ?? now)));
  if (target < now) {
    const window = `in the last ${facts.surplusSeconds} s no more were needed`;
    return { target, held: false, reason: `${count(target)}: ${window} (now ${tasks}), ${bounds}.` };
  }
  if (need < target) {
    const wait = `${need} would do now (${tasks}), and go when that has been so for ${facts.surplusSeconds} s`;
    return { target, held: false, reason: `${count(target)}: ${wait}, ${bounds}.` };
  }
  return { target, held: false, reason: `${count(target)}: ${tasks}, ${newest.slots} to a worker, ${bounds}.` };
}

/** The drains to order now; who is gone, or has let go, stands in none of them. */
function drainsOf(view: ScalingView, kept: ReadonlySet<string>, leaving: readonly string[], id: string): Drain[] {
  const standing = view.drains.flatMap((drain) => {
    const tasks = (drain.tasks ?? []).filter((taskId) => kept.has(taskId));
    return tasks.length > 0 ? [{ ...drain, tasks }] : [];
  });
  if (leaving.length === 0) return standing;
  return [...standing, { id, role: "worker", generation: view.generation, tasks: leaving }];
}

const idOf = (worker: WorkerSeen): string => worker.taskId;
const count = (workers: number): string => (workers === 1 ? "1 worker" : `${workers} workers`);

/** One that has not said anything has not asked for work, or not long: it counts as idle. */
const idleFirst = (workers: readonly WorkerSeen[]): WorkerSeen[] =>
  [...workers].sort((one, other) => (one.inHand ?? 0) - (other.inHand ?? 0));

const busiestFirst = (workers: readonly WorkerSeen[]): WorkerSeen[] => idleFirst(workers).reverse();
