// What a step of an upgrade may do, given what it sees: one act at a time, looked at anew before the next. Everything is data,
// so that upgrade.explore.test.ts can leave out any line and see that it was needed. Nothing here asks where it runs.
import type { StepDirection } from "./ladders.ts";
import type { UpgradeStep } from "./upgrade-ladder.ts";
import type { Verdict } from "./verdict.ts";

/** A one-off task as the container service tells it. `none`: never started, or forgotten since. */
export type OneOffState = "none" | "running" | "stopping" | "ended";

/** What a step sees. *Source* is the database that is live, *copy* the one that is migrated, each known by its OID. */
export interface UpgradeFacts {
  /** Queue, role and results database of the new generation are there. */
  readonly generationMade: boolean;
  /** control.json asks the old tasks to pause. */
  readonly pauseAsked: boolean;
  /** Old scheduler, DAG processor and triggerer have stopped, and every old worker has let go. */
  readonly paused: boolean;
  /** The pause has lasted as long as the plan allows, by the clock on the wall: users wait, whoever is at work. */
  readonly pauseOverdue: boolean;
  /** The old workers' service, and all the old services, are told to run. */
  readonly oldWorkersWanted: boolean;
  readonly oldWanted: boolean;
  /** Tasks of the old generation that run or end. */
  readonly oldWorkers: number;
  readonly oldTasks: number;
  /** Task instances the source says run, and those of them that are not in the operation's list yet. */
  readonly running: number;
  readonly unlisted: number;
  /** The old role may log in. */
  readonly sourceOpen: boolean;
  /** Nobody can connect to the source, no administrator either (ALLOW_CONNECTIONS false). */
  readonly sourceSealed: boolean;
  /** Whoever is connected to the source; those that were told to leave too, until they have. */
  readonly sourceConnections: number;
  readonly copyTask: OneOffState;
  readonly migrateTask: OneOffState;
  readonly copy: {
    /** Schema head still as in the source: no migration has begun. */
    readonly untouched: boolean;
    /** Schema head as the target wants it, rows counted alike, a connection decrypted. */
    readonly migrated: boolean;
    /** Task instances that wait in the old generation's queue. */
    readonly queued: number;
    /** Whoever is connected to it: a task that was ended may leave a statement behind that still runs. */
    readonly connections: number;
  } | null;
  readonly newWanted: boolean;
  readonly newTasks: number;
  readonly newHealthy: boolean;
  readonly canaryRan: boolean;
  /** What is held until the commit goes on. */
  readonly lifted: boolean;
}

/** One change of the world; safe to repeat. */
export type UpgradeAct =
  | "make-generation"
  | "ask-pause"
  | "stop-old-scheduler"
  | "stop-old-workers"
  | "close-source"
  | "end-connections"
  | "list-interrupted"
  | "retry-interrupted"
  | "seal-source"
  | "start-copy"
  | "start-migrate"
  | "requeue-tasks"
  | "start-new"
  | "lift-hold"
  | "remove-new"
  | "stop-migrate"
  | "stop-copy"
  | "end-copy-connections"
  | "drop-copy"
  | "unseal-source"
  | "open-source"
  | "start-old"
  | "withdraw-pause"
  | "drop-generation";

/** An act a step does in its turn, unless the facts say it is done or not called for. */
export interface UpgradeLine {
  readonly step: UpgradeStep;
  readonly direction: StepDirection;
  readonly act: UpgradeAct;
  readonly done: (facts: UpgradeFacts) => boolean;
}

const line = (
  direction: StepDirection,
  step: UpgradeStep,
  act: UpgradeAct,
  done: (facts: UpgradeFacts) => boolean,
): UpgradeLine => ({ direction, step, act, done });

/** Going back, marks are called for only where the workers were told to stop. */
const nothingEnded = (facts: UpgradeFacts): boolean => facts.oldWorkersWanted || facts.running === 0;

/** The container service forgets tasks; the schema does not. With the step door's `once`, this keeps a migration from a second start. */
export const migrationBegun = (facts: UpgradeFacts): boolean =>
  facts.migrateTask !== "none" || facts.copy?.untouched === false;

/** In order. A step is through when all its lines are done; a step without lines has nothing to do in that direction. */
export const upgradeLines: readonly UpgradeLine[] = [
  line("run", "prepare-generation", "make-generation", (facts) => facts.generationMade),
  line("run", "pause-scheduling", "ask-pause", (facts) => facts.pauseAsked),
  line("run", "stop-services", "stop-old-scheduler", (facts) => !facts.oldWanted),
  line("run", "stop-services", "stop-old-workers", (facts) => !facts.oldWorkersWanted),
  line("run", "close-door", "close-source", (facts) => !facts.sourceOpen),
  line("run", "close-door", "end-connections", (facts) => facts.sourceConnections === 0),
  // no worker lives and no old role connects: what the rows say runs was ended, and the list is whole
  line("run", "mark-interrupted", "list-interrupted", (facts) => facts.unlisted === 0),
  line("run", "mark-interrupted", "retry-interrupted", (facts) => facts.running === 0),
  line("run", "copy-database", "seal-source", (facts) => facts.sourceSealed),
  line("run", "copy-database", "end-connections", (facts) => facts.sourceConnections === 0),
  line("run", "copy-database", "start-copy", (facts) => facts.copyTask !== "none" || facts.copy !== null),
  line("run", "migrate-database", "start-migrate", migrationBegun),
  // their messages lie in the old queue, which no new worker reads; the source keeps them as they are, for the way back
  line("run", "requeue-tasks", "requeue-tasks", (facts) => facts.copy?.queued === 0),
  line("run", "deploy-services", "start-new", (facts) => facts.newWanted),
  line("run", "open-environment", "lift-hold", (facts) => facts.lifted),

  line("undo", "deploy-services", "remove-new", (facts) => !facts.newWanted),
  line("undo", "migrate-database", "stop-migrate", (facts) => facts.migrateTask !== "running"),
  line("undo", "copy-database", "stop-copy", (facts) => facts.copyTask !== "running"),
  line("undo", "copy-database", "end-copy-connections", (facts) => (facts.copy?.connections ?? 0) === 0),
  line("undo", "copy-database", "drop-copy", (facts) => facts.copy === null),
  line("undo", "copy-database", "unseal-source", (facts) => !facts.sourceSealed),
  // the door stays closed until what was ended is marked: the undo of stop-services opens it
  line("undo", "stop-services", "close-source", (facts) => nothingEnded(facts) || !facts.sourceOpen),
  line("undo", "stop-services", "end-connections", (facts) => nothingEnded(facts) || facts.sourceConnections === 0),
  line("undo", "stop-services", "list-interrupted", (facts) => nothingEnded(facts) || facts.unlisted === 0),
  line("undo", "stop-services", "retry-interrupted", nothingEnded),
  line("undo", "stop-services", "open-source", (facts) => facts.sourceOpen),
  line("undo", "stop-services", "start-old", (facts) => facts.oldWanted),
  line("undo", "pause-scheduling", "withdraw-pause", (facts) => !facts.pauseAsked),
  line("undo", "prepare-generation", "drop-generation", (facts) => !facts.generationMade),
];

/** What must hold before an act, where the act's own step cannot bring it about and has to wait. */
export interface UpgradeRule {
  readonly name: string;
  readonly acts: readonly UpgradeAct[];
  readonly holds: (facts: UpgradeFacts) => boolean;
  readonly reason: string;
}

export const upgradeRules: readonly UpgradeRule[] = [
  {
    name: "no task is marked while a worker may still run it",
    acts: ["list-interrupted", "retry-interrupted"],
    holds: (facts) => facts.oldWorkers === 0,
    reason: "old workers still end",
  },
  {
    name: "the copy is not dropped under the new generation",
    acts: ["end-copy-connections", "drop-copy", "unseal-source"],
    holds: (facts) => facts.newTasks === 0,
    reason: "tasks of the new generation still end",
  },
  {
    name: "the copy is not dropped under its migration",
    acts: ["end-copy-connections", "drop-copy", "unseal-source"],
    holds: (facts) => facts.migrateTask === "none" || facts.migrateTask === "ended",
    reason: "the migration still ends",
  },
  {
    name: "no copy comes late",
    acts: ["end-copy-connections", "drop-copy", "unseal-source"],
    holds: (facts) => facts.copyTask === "none" || facts.copyTask === "ended",
    reason: "the copying still ends",
  },
];

/** The checks of an upgrade that look at these facts: ready, failed for good, or neither yet. */
export interface UpgradeCheck {
  readonly step: UpgradeStep;
  readonly ready: (facts: UpgradeFacts) => boolean;
  readonly failed: (facts: UpgradeFacts, atDeadline: AtDeadline) => boolean;
  readonly reason: string;
}

/** What happens to tasks that still run when the pause has lasted as long as it may. */
export type AtDeadline = "retry" | "abort";

export const upgradeChecks: readonly UpgradeCheck[] = [
  {
    step: "check-paused",
    ready: (facts) => facts.paused || facts.pauseOverdue,
    failed: (facts, atDeadline) => facts.pauseOverdue && !facts.paused && atDeadline === "abort",
    reason: "tasks still run, or a component has not stopped yet",
  },
  {
    step: "check-stopped",
    ready: (facts) => facts.oldTasks === 0,
    failed: () => false,
    reason: "old tasks still end",
  },
  {
    step: "check-copied",
    ready: (facts) => facts.copy !== null && facts.copyTask !== "running",
    // a task that is forgotten has ended, however
    failed: (facts) => facts.copy === null && ["ended", "none"].includes(facts.copyTask),
    reason: "the database is not copied",
  },
  {
    step: "check-migrated",
    ready: (facts) => ["ended", "none"].includes(facts.migrateTask) && facts.copy?.migrated === true,
    failed: (facts) => ["ended", "none"].includes(facts.migrateTask) && facts.copy?.migrated !== true,
    reason: "the copy is not migrated, or its rows or secrets are not as they were",
  },
  {
    step: "check-services",
    ready: (facts) => facts.newHealthy,
    failed: () => false,
    reason: "the new generation is not healthy",
  },
  {
    step: "check-canary",
    ready: (facts) => facts.canaryRan,
    failed: () => false,
    reason: "the canary has not run through",
  },
];

/** What the new generation leaves alone until the commit. Together: everything but the canary. */
export const heldBeforeCommit = ["new runs", "unfinished runs", "triggers", "queue"] as const;
export type Held = (typeof heldBeforeCommit)[number];

export type UpgradeMove =
  | { readonly kind: "act"; readonly act: UpgradeAct }
  /** Give the lease back and come again. */
  | { readonly kind: "wait"; readonly reason: string }
  | { readonly kind: "done" };

/** What a step does next. @param lines @param rules all there are; a test leaves some out */
export function nextMove(
  step: UpgradeStep,
  direction: StepDirection,
  facts: UpgradeFacts,
  lines = upgradeLines,
  rules = upgradeRules,
): UpgradeMove {
  const next = lines.find((one) => one.step === step && one.direction === direction && !one.done(facts));
  if (!next) return { kind: "done" };
  const broken = rules.find((rule) => rule.acts.includes(next.act) && !rule.holds(facts));
  return broken ? { kind: "wait", reason: broken.reason } : { kind: "act", act: next.act };
}

/** What a check of an upgrade answers. Failed comes first: a fact that is too late is not ready. */
export function checkVerdict(
  step: UpgradeStep,
  facts: UpgradeFacts,
  atDeadline: AtDeadline,
  checks = upgradeChecks,
): Verdict {
  const check = checks.find((one) => one.step === step);
  if (!check) return { verdict: "ready", reason: "nothing is to be waited for" };
  if (check.failed(facts, atDeadline)) return { verdict: "failed", reason: check.reason };
  return check.ready(facts) ? { verdict: "ready", reason: "done" } : { verdict: "notYet", reason: check.reason };
}
