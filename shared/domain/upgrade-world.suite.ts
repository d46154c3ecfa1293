// What happens of itself while an environment is upgraded: tasks start and end, work and are late, one-off tasks hang or fail,
// what is left of an old task and an administrator connect, users write.
import type { Held } from "./upgrade-rules.ts";
import { type Database, pauseSeconds, UpgradeScene, userTasks } from "./upgrade-scene.suite.ts";

/** When the deferred task's trigger fires. */
const triggerSeconds = 60;

export class UpgradeWorld extends UpgradeScene {
  /** A moment: everybody does what they do, or is late. */
  tick(): void {
    const all = [
      () => this.oldAgents(),
      () => this.oldScheduler(),
      () => this.oldWorker(),
      () => this.containers(),
      () => this.copying(),
      () => this.migrating(),
      () => this.newScheduler(),
      () => this.newWorker(),
      () => this.leave(),
    ];
    while (all.length > 0) {
      const [one] = all.splice(this.roll(all.length), 1);
      if (this.roll(4) < 3) one!();
    }
    if (this.roll(12) === 11) this.stranger("ghost", this.sourceOpen);
    if (this.roll(16) === 15) this.stranger("administrator", true);
    if (this.roll(40) === 39 && this.copyTask.state === "ended") this.copyTask = { state: "none", begun: false };
    if (this.roll(20) === 19 && this.migrateTask.state === "ended") this.migrateTask = { state: "none", begun: false };
  }

  oldAgents(): void {
    const { old } = this;
    if (old.scheduler || old.worker) old.told = this.pauseAsked;
  }

  oldScheduler(): void {
    const { source, old } = this;
    if (!old.scheduler || old.told || !this.connects("scheduler")) return;
    this.write(source, "scheduler", `minute ${++this.minutes}`, "success");
    if (this.roll(2) === 0) this.acknowledge("scheduler");
    this.schedule(source, "scheduler", this.oldQueue);
  }

  /** Scheduler and triggerer in one: triggers fire, the next task of the unfinished run comes, what is scheduled is queued. */
  schedule(database: Database, who: string, queue: string[], held: readonly Held[] = []): void {
    const { rows } = database;
    if (!held.includes("triggers") && this.now >= triggerSeconds && rows.get("later") === "deferred")
      this.write(database, who, "later", "scheduled");
    if (held.includes("unfinished runs")) return;
    if (rows.get("next") === "none") this.write(database, who, "next", "scheduled");
    for (const key of userTasks) {
      if (rows.get(key) !== "scheduled") continue;
      this.write(database, who, key, "queued");
      queue.push(key);
      if (this.roll(8) === 7) queue.push(key);
    }
  }

  oldWorker(): void {
    if (!this.old.worker || !this.connects("worker")) return;
    if (!this.old.told) this.take(this.source, "worker", this.oldQueue, this.inHand);
    this.finish(this.source, "worker", this.inHand);
  }

  take(database: Database, who: string, queue: string[], hand: Set<string>): void {
    if (hand.size > 0) return;
    const key = queue.shift();
    if (key === undefined || database.rows.get(key) !== "queued") return;
    this.write(database, who, key, "running");
    hand.add(key);
  }

  finish(database: Database, who: string, hand: Set<string>): void {
    for (const key of hand) {
      if ((key === "long" && !this.longEnds && !this.committed) || this.roll(3) === 2) continue;
      hand.delete(key);
      this.write(database, who, key, "success");
      this.completions.set(key, (this.completions.get(key) ?? 0) + 1);
    }
  }

  /** The container service starts what is wanted, and ends what is not. */
  containers(): void {
    const { old, young } = this;
    if (old.scheduler !== old.schedulerWanted && this.soon("old")) {
      old.scheduler = old.schedulerWanted;
      if (old.scheduler) old.told = this.pauseAsked;
      else this.source.connected.delete("scheduler");
    }
    if (old.worker !== old.workersWanted && this.soon("old")) {
      if (!old.workersWanted && this.inHand.size > 0 && this.now - this.pausedAt < pauseSeconds)
        this.broke("ended a task before the pause was over");
      old.worker = old.workersWanted;
      this.inHand.clear();
      if (!old.worker) this.source.connected.delete("worker");
    }
    if (young.up !== young.wanted && this.soon("new")) {
      young.up = young.wanted;
      young.healthy = false;
      if (!young.up) this.copy?.connected.delete("new");
    }
    if (young.up && (old.scheduler || old.worker)) this.broke("tasks of two versions at once");
  }

  copying(): void {
    const task = this.copyTask;
    if (task.state === "stopping" && this.soon("copy")) task.state = "ended";
    if (task.state !== "running" && task.state !== "stopping") return;
    if (!task.begun) {
      if (this.source.connected.size > 0) this.broke("copied with somebody connected");
      this.frozen ??= new Map(this.source.rows);
      task.begun = true;
    } else if (task.state === "running" && this.roll(30) === 29) {
      this.hanging.add("copy");
    } else if (!this.hanging.has("copy") && this.soon("copy")) {
      task.state = "ended";
      if (this.roll(20) === 19) return; // the disk is full
      const rows = new Map(this.source.rows);
      this.copy ??= { rows, head: "old", sealed: false, connected: new Set() };
    }
  }

  migrating(): void {
    const { migrateTask: task, copy } = this;
    if (task.state === "stopping" && this.soon("migrate")) task.state = "ended";
    if (task.state !== "running" && task.state !== "stopping") return;
    if (!copy) {
      task.state = "ended";
      if (task.begun) this.broke("the copy went under its migration");
    } else if (!task.begun) {
      task.begun = true;
      copy.connected.add("migration");
      if (++this.migrations > 1) this.broke("migrated twice");
      copy.head = "partial";
    } else if (task.state === "running" && this.roll(30) === 29) {
      this.hanging.add("migration");
    } else if (!this.hanging.has("migration") && this.soon("migrate")) {
      task.state = "ended";
      copy.connected.delete("migration");
      if (this.roll(10) < 9) copy.head = "new";
    }
  }

  newScheduler(): void {
    const { young, copy } = this;
    if (!young.up) return;
    if (!copy) return void this.broke("the copy went under the new generation");
    if (copy.head !== "new") this.broke("the new generation met a database that is not migrated");
    copy.connected.add("new");
    young.healthy ||= this.roll(4) < 2;
    if (!this.canary.ran && this.roll(8) < 1) {
      this.write(copy, "canary", "canary", "success");
      this.canary.ran = true;
    }
    const held = this.young.lifted ? [] : this.held;
    if (!held.includes("new runs")) this.write(copy, "new", `minute ${++this.minutes}`, "success");
    this.schedule(copy, "new", this.newQueue, held);
  }

  newWorker(): void {
    if (!this.young.up || !this.copy) return;
    if (!(this.young.lifted ? [] : this.held).includes("queue"))
      this.take(this.copy, "new", this.newQueue, this.newInHand);
    this.finish(this.copy, "new", this.newInHand);
  }

  connects(who: string): boolean {
    if (this.source.connected.has(who)) return true;
    if (this.source.sealed || !this.sourceOpen) return false;
    this.source.connected.add(who);
    return true;
  }

  leave(): void {
    for (const who of this.leaving) {
      if (this.roll(3) === 2) continue;
      this.source.connected.delete(who);
      this.leaving.delete(who);
    }
    for (const who of this.leavingCopy) {
      if (this.roll(3) === 2) continue;
      this.copy?.connected.delete(who);
      this.leavingCopy.delete(who);
    }
  }

  /** Comes, writes, goes. The ghost is what is left of an old task: it may say of a queued one that it runs. */
  stranger(who: string, mayConnect: boolean): void {
    const { source } = this;
    const there = source.connected.has(who);
    if (!there && mayConnect && !source.sealed) source.connected.add(who);
    else if (there && this.roll(2) === 1) source.connected.delete(who);
    else if (there && who === "ghost" && !this.old.worker && source.rows.get("quick") === "queued")
      this.write(source, who, "quick", "running");
    else if (there) this.acknowledge(who);
  }

  soon(what: string): boolean {
    return this.now >= (this.lingers.get(what) ?? 0) && this.roll(3) < 1;
  }
}
