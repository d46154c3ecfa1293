import { beforeEach, describe, expect, it } from "vitest";
import { HangarError } from "../domain/errors.ts";
import type { OperationItem } from "../domain/items.ts";
import { createMemoryWorld } from "../testing/memory-world.ts";
import { plannedUpgrade } from "../testing/planned-upgrade.ts";
import { showUpgradePhase } from "./upgrade-phase.ts";

const { environment, operation } = plannedUpgrade();
let world: ReturnType<typeof createMemoryWorld>;
beforeEach(async () => {
  world = createMemoryWorld({ now: 0 });
  await world.environments.create(environment);
  await world.operations.create(operation);
});
const now = async (changes: Partial<OperationItem>) => {
  const stored = (await world.operations.get(operation.operationId))!;
  await world.operations.update(stored, changes);
};
const began = (...steps: string[]) =>
  now({ journal: Object.fromEntries(steps.map((step) => [`run:${step}`, { startedAt: 1 }])) });
const show = () => showUpgradePhase(operation, world.ports);
const status = async () => (await world.environments.get("first"))!.status;

describe("the status while an upgrade is in flight", () => {
  it("is MAINTENANCE in the place of UPDATING where a maintenance window began it", async () => {
    const item = world.environments.items.get("first")!;
    world.environments.items.set("first", { ...item, status: "MAINTENANCE" });
    await now({ window: "2026-01-04T03:00:00.000Z" });
    const seen = [];
    for (const steps of [["build-layer"], ["close-door"], ["close-door", "migrate-database"]]) {
      await began(...steps);
      expect(await show()).toBe(await status());
      seen.push(await status());
    }
    expect(seen).toEqual(["MAINTENANCE", "CREATING_SNAPSHOT", "MAINTENANCE"]);
  });

  it("goes through MWAA's words as the journal goes on, and back by ROLLING_BACK", async () => {
    const seen = [];
    for (const steps of [
      ["build-layer"],
      ["close-door"],
      ["close-door", "copy-database"],
      ["close-door", "migrate-database"],
    ]) {
      await began(...steps);
      await show();
      seen.push(await status());
    }
    await now({ direction: "undoing" });
    await show();
    expect([...seen, await status()]).toEqual([
      ...["UPDATING", "CREATING_SNAPSHOT", "CREATING_SNAPSHOT", "UPDATING", "ROLLING_BACK"],
    ]);
  });

  it("is written once, however often it is shown", async () => {
    await began("close-door");
    for (let times = 0; times < 3; times++) expect(await show()).toBe("CREATING_SNAPSHOT");
    expect((await world.environments.get("first"))!.generation).toBe(environment.generation + 1);
  });

  it.each(["environments", "operations"] as const)(
    "is never set back by a step that was taken for dead and falls asleep after its look at %s",
    async (port) => {
      await began("close-door");
      await show();
      const asleep =
        <Read>(get: (name: string) => Promise<Read>) =>
        async (name: string) => {
          const read = await get(name);
          await began("close-door", "migrate-database");
          await show();
          return read;
        };
      await showUpgradePhase(operation, {
        ...world.ports,
        [port]: { ...world[port], get: asleep(world[port].get as never) },
      });
      expect(await status()).toBe("UPDATING");
    },
  );

  it("is written beside another change of the record, and loses neither", async () => {
    await began("close-door");
    world.fail("environments.replace", new HangarError("ConcurrentChange", "Try again."), 2);
    await show();
    expect(await status()).toBe("CREATING_SNAPSHOT");
  });

  it.each([
    ["another operation", { operationId: "x".repeat(26), status: "DELETING" }],
    ["none, for it has ended", { operationId: null, status: "UPDATE_FAILED" }],
  ] as const)("is left alone where the record points to %s", async (_, changes) => {
    world.environments.items.set("first", { ...environment, ...changes });
    await began("close-door");
    expect(await show()).toBeUndefined();
    expect(await status()).toBe(changes.status);
  });
});
