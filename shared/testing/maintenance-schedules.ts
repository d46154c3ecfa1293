// Random schedules of people, windows and operations around one environment, on the in-memory world: who asks, cancels, skips,
// defers and updates by hand, schedules that come twice at the same time, kills before and after any write, images that come
// out, quotas that fall, a clock that jumps. Every write of the record is looked at as it happens.
import { expect } from "vitest";
import { cancelPendingUpdate } from "../../functions/api/cancel-pending-update.ts";
import { deferWindow } from "../../functions/api/defer-window.ts";
import { resumeOperation } from "../../functions/api/resume-operation.ts";
import { scheduleUpdate } from "../../functions/api/schedule-update.ts";
import { skipWindow } from "../../functions/api/skip-window.ts";
import { updateEnvironment } from "../../functions/api/update-environment.ts";
import { openMaintenanceWindows } from "../../functions/schedules/open-maintenance-windows.ts";
import { caller, emptyWorld, testPool } from "../../state-machines/testing/requests.ts";
import type { EnvironmentItem, OperationPlan } from "../domain/items.ts";
import { windowAfter } from "../domain/maintenance-window.ts";
import { maintenanceCaller, type PendingUpdate } from "../domain/pending-update.ts";
import { committed, settled } from "../domain/outcome.ts";
import { configurationOf } from "../domain/plan-create.ts";
import type { Pool } from "../domain/pool.ts";
import type { UpdateEnvironmentRequest } from "../domain/requests.ts";
import { decideSweep } from "../domain/sweep.ts";
import { windowsOf } from "../domain/window-opening.ts";
import type { MaintenanceEvent } from "./maintenance-events.ts";
import { recordIn, sha256 } from "./planned.ts";

const halfHour = 1_800_000;

/** What became of one change that was noted. */
interface Asked {
  readonly pending: PendingUpdate;
  cancelled: boolean;
  begun: number;
  refused: boolean;
}

type Ports = Parameters<typeof updateEnvironment>[1];

export class MaintenanceWorld {
  readonly world = emptyWorld();
  /** By its id. */
  readonly asked = new Map<string, Asked>();
  readonly opened: string[] = [];
  private pool: Pool = testPool;
  private number = 0;
  private lookedAt = 0;
  private last: UpdateEnvironmentRequest = { Name: "first" };

  async begin(): Promise<void> {
    await this.world.environments.create(recordIn("AVAILABLE"));
    const { items } = this.world.environments;
    const set = items.set.bind(items);
    items.set = (name, next) => {
      this.seen(items.get(name)!, next);
      return set(name, next);
    };
  }

  /** A port that is struck ends the act as a kill would; what a caller is refused is no fault. */
  async play(event: MaintenanceEvent): Promise<void> {
    try {
      await this.act(event);
    } catch (error) {
      if (error instanceof Error && error.name === "AssertionError") throw error;
    }
    this.nothingIsLost();
  }

  /** Everything is repaired, and weeks pass in which nobody asks for anything: whatever waits has begun or was refused. */
  async settle(): Promise<void> {
    this.world.heal();
    this.pool = { ...this.pool, quotas: testPool.quotas };
    for (let weeks = 0; weeks < 8; weeks++) {
      for (const one of [
        { kind: "look", beside: null, turns: 0 },
        { kind: "end", how: "committed" },
        { kind: "resume" },
      ] as const)
        for (const again of [one, { kind: "end", how: "committed" } as const]) await this.play(again);
      await this.act({ kind: "window", minutes: 1 });
    }
    this.nothingIsLost();
  }

  get record(): EnvironmentItem {
    return this.world.environments.items.get("first")!;
  }

  get image(): string {
    return (this.pool.images["3.3.1"] as { image: string }).image;
  }

  private async act(event: MaintenanceEvent): Promise<void> {
    const ports = { ...this.world.ports, pool: this.pool };
    const name = { Name: "first" };
    switch (event.kind) {
      case "ask":
      case "update":
        return this.ask(event, ports);
      case "look":
        return this.look(event, ports);
      case "cancel":
        return void (await cancelPendingUpdate(name, ports));
      case "skip":
        return void (await skipWindow(name, ports));
      case "defer": {
        const until = Math.floor(this.world.clock.now() / halfHour) * halfHour + event.halfHours * halfHour;
        return void (await deferWindow({ ...name, Until: until / 1000 }, ports));
      }
      case "wait":
        return this.world.clock.advance(event.halfHours * halfHour);
      case "window": {
        const { settings } = this.record;
        const { startsAt } = windowAfter(
          settings.weeklyMaintenanceWindowStart,
          windowsOf(this.record),
          this.world.clock.now(),
        );
        const to = startsAt + event.minutes * 60_000;
        return this.world.clock.advance(Math.max(0, to - this.world.clock.now()));
      }
      case "end":
        return this.end(event.how);
      case "resume": {
        const OperationId = this.record.lastUpdate.operationId;
        if (OperationId) await resumeOperation({ ...name, OperationId }, ports);
        return;
      }
      case "image":
        this.pool = { ...this.pool, images: { "3.3.1": { image: `hangar/airflow:3.3.1-${++this.number}` } } };
        return;
      case "quota":
        this.pool = { ...this.pool, quotas: { ...testPool.quotas, workers: this.pool.quotas.workers === 4 ? 50 : 4 } };
        return;
      case "fault":
        return this.world.fail(event.method, new Error("killed"), 1, event.when);
    }
  }

  private async look({ beside, turns }: MaintenanceEvent & { kind: "look" }, ports: Ports): Promise<void> {
    this.lookedAt = this.world.clock.now();
    const looking = openMaintenanceWindows(ports);
    const more = { mayOverrun: false, greedy: false, again: false, minutes: 125 };
    const acting = async () => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      if (beside === "look") await openMaintenanceWindows(ports);
      else if (beside) await this.act({ kind: beside, ...more });
    };
    const ends = await Promise.allSettled([looking, acting()]);
    for (const end of ends) if (end.status === "rejected" && end.reason.name === "AssertionError") throw end.reason;
  }

  private async ask(event: MaintenanceEvent & { kind: "ask" | "update" }, ports: Ports): Promise<void> {
    if (!event.again || this.number === 0) {
      const AirflowConfigurationOptions = { "core.parallelism": String(++this.number) };
      const more = { MaxWorkers: event.greedy ? 9 : 3, WorkerReplacementStrategy: "GRACEFUL" as const };
      this.last = { Name: "first", AirflowConfigurationOptions, ...more };
    }
    const { key } = configurationOf(this.last, sha256)!;
    if (event.kind === "ask") await scheduleUpdate({ ...this.last, MayOverrun: event.mayOverrun }, ports, caller);
    else await updateEnvironment(this.last, ports, caller);
    const noted = [...this.asked.values()].some(({ pending }) => pending.configuration?.key === key);
    const begun = [...this.world.operations.items.values()].some(({ plan }) => keyOf(plan) === key);
    expect(noted || (event.kind === "update" && begun), "what was answered is there").toBe(true);
  }

  /** The operation in flight ends, as its ladder's last step would have it. */
  private async end(how: "committed" | "rolledBack" | "stuck"): Promise<void> {
    const { record } = this;
    const operation = record.operationId && (await this.world.operations.get(record.operationId));
    if (!operation) return;
    const at = this.world.clock.now();
    const next = how === "committed" ? committed(record, operation, at)! : settled(record, operation, how, at);
    const outcome = how === "committed" ? ("succeeded" as const) : how;
    if (decideSweep(operation, { state: "running" }, at, 60).act !== "leave") return;
    const journal = { "run:limit-connections": { startedAt: at, endedAt: at } };
    await this.world.operations.update(operation, { outcome, endedAt: at, journal });
    await this.world.environments.settle(next, { generation: record.generation, operationId: operation.operationId });
  }

  /** Every write of the record, before it is there. */
  private seen(before: EnvironmentItem, next: EnvironmentItem): void {
    const now = this.world.clock.now();
    const pending = before.pending ?? null;
    const asked = pending ? this.asked.get(pending.id) : undefined;
    if (next.pending && next.pending.id !== pending?.id) {
      expect(pending, "one waits at a time").toBeNull();
      this.asked.set(next.pending.id, { pending: next.pending, cancelled: false, begun: 0, refused: false });
    }
    const starts = before.operationId === null && next.operationId !== null;
    const operation = starts ? this.world.operations.items.get(next.operationId!)! : undefined;
    const isTaken = pending !== null && next.pending?.id !== pending.id;
    if (operation?.attempt === 1) {
      const { plan, window } = operation;
      if (window !== undefined) {
        expect(next.windows?.opened, "the write that begins it opens the window").toMatchObject({ id: window });
        expect(this.opened, "a window is opened once").not.toContain(window);
        this.opened.push(window);
        const { startsAt, endsAt } = next.windows!.opened!;
        // a machine may be put to sleep between the look and the write
        expect(now >= startsAt && this.lookedAt < endsAt, "nothing begins outside the window").toBe(true);
        expect(next).toMatchObject({ status: "MAINTENANCE", lastUpdate: { source: maintenanceCaller } });
        if (operation.createdBy !== maintenanceCaller) expect(isTaken, "what begins is taken off").toBe(true);
        else expect(plan).toMatchObject({ strategy: "GRACEFUL", after: { image: this.image } });
      } else expect(next.status).toBe("UPDATING");
      if (isTaken) {
        expect(keyOf(plan), "it is what was asked for").toBe(pending.configuration?.key);
        expect(asked!.cancelled).toBe(false);
        expect(++asked!.begun, "it begins at most once").toBe(1);
        expect(window === undefined, "only what was queued needs no window").toBe(pending.waitsFor === "maintenance");
        if (window === undefined) expect(next.lastUpdate.workerReplacementStrategy).toBe("FORCED");
      }
    } else if (isTaken && next.lastUpdate !== before.lastUpdate && next.lastUpdate.source === maintenanceCaller) {
      expect(next.lastUpdate.status).toBe("FAILED");
      expect(this.pool.quotas.workers, "only what does not fit any more is refused").toBe(4);
      expect({ ...next, generation: 0, pending: 0, lastUpdate: 0 }, "and nothing else is changed").toEqual({
        ...before,
        ...{ generation: 0, pending: 0, lastUpdate: 0 },
      });
      asked!.refused = true;
    } else if (isTaken) {
      expect({ ...next, generation: 0 }, "a cancel takes it off and no more").toEqual({
        ...before,
        ...{ generation: 0, pending: null },
      });
      asked!.cancelled = true;
    }
  }

  private nothingIsLost(): void {
    for (const { pending, cancelled, begun, refused } of this.asked.values()) {
      const ends = [this.record.pending?.id === pending.id, cancelled, begun > 0, refused].filter(Boolean);
      expect(ends.length, `${pending.id} waits, was cancelled, has begun or was refused`).toBe(1);
    }
  }
}

const keyOf = (plan: OperationPlan): string | undefined =>
  plan.type === "update-environment" ? plan.after.settings.configuration?.key : undefined;
