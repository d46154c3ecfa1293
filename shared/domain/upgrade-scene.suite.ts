// One environment while it is upgraded, as a step finds it and changes it: two generations of tasks, a database and its copy,
// one-off tasks, queues. It notes every promise that is broken.
import type { Held, OneOffState, UpgradeAct, UpgradeFacts } from "./upgrade-rules.ts";

type Rows = Map<string, string>;
export interface Database {
  rows: Rows;
  head: "old" | "partial" | "new";
  sealed: boolean;
  readonly connected: Set<string>;
}
interface OneOff {
  state: OneOffState;
  begun: boolean;
}

/** The tasks users care for: running, queued, deferred, and the next one of an unfinished run. */
export const userTasks = ["long", "quick", "later", "next"] as const;
export const pauseSeconds = 100;

/** A hand that comes late may stop what the container service has forgotten: that starts nothing again. */
const stop = (task: OneOff): void => {
  if (task.state === "running") task.state = "stopping";
};

export class UpgradeScene {
  readonly broken: string[] = [];
  readonly log: string[] = [];
  now = 0;
  committed = false;
  /** The record on the way back, and after it: nothing of this world asks but the promises. */
  readonly source: Database = {
    rows: new Map([
      ["long", "running"],
      ["quick", "queued"],
      ["later", "deferred"],
      ["next", "none"],
    ]),
    ...{ head: "old", sealed: false, connected: new Set(["scheduler", "worker"]) },
  };
  copy: Database | null = null;
  sourceOpen = true;
  generationMade = false;
  pauseAsked = false;
  pausedAt = 0;
  readonly old = { schedulerWanted: true, workersWanted: true, scheduler: true, worker: true, told: false };
  readonly inHand = new Set(["long"]);
  oldQueue = ["quick"];
  readonly young = { wanted: false, up: false, healthy: false, lifted: false };
  newQueue: string[] = [];
  readonly newInHand = new Set<string>();
  readonly canary = { ran: false };
  copyTask: OneOff = { state: "none", begun: false };
  migrateTask: OneOff = { state: "none", begun: false };
  readonly leaving = new Set<string>();
  /** One-off tasks that come to no end by themselves. */
  readonly hanging = new Set<string>();
  /** What was told to end takes its time. */
  readonly lingers = new Map<string, number>();
  readonly leavingCopy = new Set<string>();
  readonly listed = new Set<string>();
  readonly acknowledged: string[] = [];
  readonly completions = new Map<string, number>();
  /** The source as it was when its copying began; from then on nobody writes to it. */
  frozen: Rows | null = null;
  migrations = 0;
  minutes = 0;
  writes = 0;

  readonly held: readonly Held[];
  readonly roll: (sides: number) => number;
  /** Whether the running task ends by itself. */
  longEnds: boolean;

  /** @param held what the new generation leaves alone until the commit @param longEnds whether the running task ends by itself */
  constructor(held: readonly Held[], roll: (sides: number) => number, longEnds: boolean) {
    this.held = held;
    this.roll = roll;
    this.longEnds = longEnds;
  }

  facts(): UpgradeFacts {
    const { source, copy, old, young } = this;
    const running = [...source.rows].filter(([, value]) => value === "running").map(([key]) => key);
    return {
      generationMade: this.generationMade,
      pauseAsked: this.pauseAsked,
      paused: old.told && this.inHand.size === 0 && this.pauseAsked,
      pauseOverdue: this.pauseAsked && this.now - this.pausedAt >= pauseSeconds,
      oldWorkersWanted: old.workersWanted,
      oldWanted: old.schedulerWanted && old.workersWanted,
      oldWorkers: old.worker ? 1 : 0,
      oldTasks: [old.scheduler, old.worker].filter(Boolean).length,
      running: running.length,
      unlisted: running.filter((key) => !this.listed.has(key)).length,
      sourceOpen: this.sourceOpen,
      sourceSealed: source.sealed,
      sourceConnections: source.connected.size,
      copyTask: this.copyTask.state,
      migrateTask: this.migrateTask.state,
      copy: copy && {
        untouched: copy.head === "old",
        migrated: copy.head === "new",
        queued: [...copy.rows.values()].filter((value) => value === "queued").length,
        connections: copy.connected.size,
      },
      newWanted: young.wanted,
      newTasks: young.up ? 1 : 0,
      newHealthy: young.healthy,
      canaryRan: this.canary.ran,
      lifted: young.lifted,
    };
  }

  act(act: UpgradeAct): void {
    this.log.push(act);
    if (/^(stop|remove)/.test(act) && this.roll(4) === 3) this.lingers.set(act.split("-")[1]!, this.now + 200);
    const { source, old, young } = this;
    const back: readonly UpgradeAct[] = ["remove-new", "drop-copy", "unseal-source", "open-source", "start-old"];
    if (this.committed && back.includes(act)) this.broke(`${act} after the commit`);
    if (act === "make-generation") this.generationMade = true;
    else if (act === "ask-pause") [this.pauseAsked, this.pausedAt] = [true, this.now];
    else if (act === "stop-old-scheduler") old.schedulerWanted = false;
    else if (act === "stop-old-workers") old.workersWanted = false;
    else if (act === "close-source") this.sourceOpen = false;
    else if (act === "end-connections") for (const who of source.connected) this.leaving.add(who);
    else if (act === "list-interrupted") for (const key of this.running()) this.listed.add(key);
    else if (act === "retry-interrupted") this.retry();
    else if (act === "seal-source") source.sealed = true;
    else if (act === "start-copy") this.copyTask = { state: "running", begun: false };
    else if (act === "start-migrate") this.startMigrate();
    else if (act === "requeue-tasks") this.requeue();
    else if (act === "start-new") this.startNew();
    else if (act === "lift-hold") this.lift();
    else if (act === "remove-new") young.wanted = false;
    else if (act === "stop-migrate") stop(this.migrateTask);
    else if (act === "stop-copy") stop(this.copyTask);
    else if (act === "end-copy-connections") for (const who of this.copy?.connected ?? []) this.leavingCopy.add(who);
    else if (act === "drop-copy") this.dropCopy();
    else if (act === "unseal-source") this.unseal();
    else if (act === "open-source") this.sourceOpen = true;
    else if (act === "start-old") Object.assign(old, { schedulerWanted: true, workersWanted: true });
    else if (act === "withdraw-pause") this.pauseAsked = false;
    else if (act === "drop-generation") this.generationMade = false;
  }

  commit(): void {
    if (this.committed) return;
    if (!this.canary.ran || !this.young.healthy) this.broke("committed without health or canary");
    if (this.copy?.head !== "new" || !this.source.sealed) this.broke("committed beside the copy");
    this.committed = true;
  }

  live(): Rows {
    return (this.committed ? this.copy : this.source)?.rows ?? new Map();
  }

  acknowledge(who: string): void {
    const key = `written ${++this.writes}`;
    this.write(this.source, who, key, "yes");
    this.acknowledged.push(key);
  }

  write(database: Database, who: string, key: string, value: string): void {
    if (database === this.source && this.frozen) this.broke(`${who} wrote ${key} into the source after the snapshot`);
    if (database === this.copy && !this.committed && !["canary", "requeue"].includes(who))
      this.broke(`${who} wrote ${key} into the copy before the commit`);
    database.rows.set(key, value);
  }

  startMigrate(): void {
    if (!this.copy) this.broke("a migration was started before there was a copy");
    this.migrateTask = { state: "running", begun: false };
  }

  startNew(): void {
    if (!this.generationMade) this.broke("the new generation has no queue");
    this.young.wanted = true;
  }

  lift(): void {
    if (!this.committed) this.broke("lifted the hold before the commit");
    this.young.lifted = true;
  }

  running(): readonly string[] {
    return [...this.source.rows].filter(([, value]) => value === "running").map(([key]) => key);
  }

  retry(): void {
    if (this.source.connected.has("ghost")) this.broke("marked while what is left of an old task may write");
    for (const key of this.running()) {
      if (this.inHand.has(key)) this.broke(`${key} was marked while it ran`);
      if (!this.listed.has(key)) this.broke(`${key} was marked and not listed`);
      this.write(this.source, "mark", key, "scheduled");
    }
  }

  requeue(): void {
    for (const [key, value] of this.copy?.rows ?? [])
      if (value === "queued") this.write(this.copy!, "requeue", key, "scheduled");
  }

  dropCopy(): void {
    if (this.copy && this.copy.connected.size > 0) this.broke(`dropped the copy under ${[...this.copy.connected]}`);
    this.copy = null;
  }

  unseal(): void {
    if (this.frozen && !same(this.frozen, this.source.rows)) this.broke("the source is not what was copied");
    this.source.sealed = false;
    this.frozen = null;
  }

  broke(promise: string): void {
    this.broken.push(promise);
  }
}

export const same = (one: Rows, other: Rows): boolean =>
  JSON.stringify([...one].toSorted()) === JSON.stringify([...other].toSorted());
