import { beforeEach, describe, expect, it } from "vitest";
import type { EnvironmentItem } from "../../shared/domain/items.ts";
import type { Snapshot } from "../../shared/domain/snapshot-item.ts";
import { createMemoryWorld } from "../../shared/testing/memory-world.ts";
import { recordIn } from "../../shared/testing/planned.ts";
import { expireSnapshots } from "./expire-snapshots.ts";

let world: ReturnType<typeof createMemoryWorld>;
beforeEach(() => {
  world = createMemoryWorld({ now: 1000 });
});
const run = () => expireSnapshots(world.ports);
const snapshot = (name: string, expiresAt: number): Snapshot => ({
  ...{ name, role: name, airflowVersion: "2.11.2", createdAt: 0, operationId: "x" },
  expiresAt,
});

/** An environment with snapshots that really lie sealed on the server. */
async function environment(name: string, expiries: readonly number[], changes: Partial<EnvironmentItem> = {}) {
  const snapshots = expiries.map((expiresAt) => snapshot(`hangar_${name}_g${expiresAt}`, expiresAt));
  for (const { name: database, role } of snapshots) {
    await world.databases.ensureDatabase({ database, role, password: "x", template: null, connectionLimit: 1 });
    await world.databaseCopies.setLogin(role, false);
    await world.databaseCopies.seal({ database, role });
  }
  await world.environments.create(recordIn("AVAILABLE", { name, environmentId: `e${name}`, snapshots, ...changes }));
}
const databases = () => [...world.databases.databases.keys()];
const listed = async (name: string) => (await world.environments.get(name))!.snapshots!.map((one) => one.expiresAt);

describe("snapshots whose time is over", () => {
  it("are dropped with their roles, and taken off the record; the others stay", async () => {
    await environment("first", [5000, 1000, 500]);
    await run();
    expect(databases()).toEqual(["hangar_first_g5000"]);
    expect([...world.databases.roles.keys()]).toEqual(["hangar_first_g5000"]);
    expect(await listed("first")).toEqual([5000]);
    const before = world.calls.length;
    await run();
    expect(world.calls.slice(before)).toEqual(["environments.all", "snapshots.all"]);
  });

  it.each([
    ["UPDATING", "o".repeat(26)],
    ["CREATING_SNAPSHOT", "o".repeat(26)],
    ["DELETING", "o".repeat(26)],
    ["UNAVAILABLE", null],
  ] as const)(
    "stay while the environment is %s: an operation, or the person who helps, has them",
    async (status, operationId) => {
      await environment("first", [500], { status, operationId });
      await run();
      expect(await listed("first")).toEqual([500]);
      expect(databases()).toHaveLength(1);
    },
  );

  it("that cannot be dropped keep no other environment waiting, and go the next time", async () => {
    await environment("first", [500]);
    await environment("second", [500]);
    world.fail("databases.dropDatabase", new Error("connection lost"));
    await expect(run()).rejects.toThrow("connection lost");
    expect(databases()).toEqual(["hangar_first_g500"]);
    expect([await listed("first"), await listed("second")]).toEqual([[500], []]);
    await run();
    expect(databases()).toEqual([]);
    expect(await listed("first")).toEqual([]);
  });

  it("cut off between the drop and the record are taken off it the next time", async () => {
    await environment("first", [500]);
    world.fail("environments.replace", new Error("killed"));
    await expect(run()).rejects.toThrow("killed");
    expect(databases()).toEqual([]);
    expect(await listed("first")).toEqual([500]);
    await run();
    expect(await listed("first")).toEqual([]);
  });

  it("leave a record alone that another writer has changed meanwhile, but for themselves", async () => {
    await environment("first", [500]);
    const drop = world.databases.dropDatabase;
    const databasesThatTakeTime = {
      ...world.databases,
      async dropDatabase(database: string, role: string) {
        await drop(database, role);
        const now = (await world.environments.get("first"))!;
        const added = [snapshot("hangar_new", 9000), ...now.snapshots!];
        await world.environments.replace({ ...now, generation: now.generation + 1, snapshots: added }, now.generation);
      },
    };
    await expireSnapshots({ ...world.ports, databases: databasesThatTakeTime });
    expect(await listed("first")).toEqual([9000]);
  });
});
