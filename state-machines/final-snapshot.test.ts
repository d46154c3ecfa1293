import { describe, expect, it } from "vitest";
import { ladders } from "../shared/domain/ladders.ts";
import { metadataOf } from "../shared/domain/plan-upgrade.ts";
import { expireSnapshots } from "../functions/schedules/expire-snapshots.ts";
import { runLadder } from "./testing/run-ladder.ts";
import { askToCreate, askToDelete, emptyWorld } from "./testing/requests.ts";
import { recoverable } from "./testing/task-states.ts";

const all = ladders["delete-environment"].rungs.map((rung) => rung.state);
const week = 7 * 86_400_000;

/** An environment with one task that runs. */
async function available() {
  const world = emptyWorld();
  await askToCreate(world);
  expect((await runLadder(world, "first")).end).toBe("Succeeded");
  const record = (await world.environments.get("first"))!;
  const { database } = metadataOf(record.names);
  const task = { ...{ dagId: "etl", runId: "r", taskId: "load", mapIndex: -1 }, ...{ tryNumber: 1, maxTries: 0 } };
  world.databaseCopies.contents(database).tasks.push({ ...task, state: "running", queue: record.names.queue });
  const { fernetKey } = await world.secretVault.read(record.names.secret);
  return { world, record, database, fernetKey: fernetKey! };
}
type Start = Awaited<ReturnType<typeof available>>;

/** All there is after a deletion that kept the snapshot; each other thing would be a leak. */
const kept = (database: string) => [
  `secret hangar/snapshots/${database}`,
  ...["database", "role", "snapshot"].map((what) => `${what} ${database}`),
  `control object environments/${database}/manifest.json`,
];

async function expectWhole({ world, record, database, fernetKey }: Start) {
  expect(world.leftovers()).toEqual(kept(database));
  const [item, ...others] = await world.snapshots.all();
  expect(others).toEqual([]);
  expect(item).toMatchObject({
    ...{ name: database, role: record.names.metadataRole, environmentName: "first", airflowVersion: "3.3.1" },
    ...{ queue: record.names.queue, environmentClass: "mw1.small", release: { number: 1 } },
  });
  expect(item!.expiresAt - item!.createdAt).toBe(week);
  expect(world.databaseCopies.isSealed(database)).toBe(true);
  expect(world.databases.roles.get(record.names.metadataRole)).toMatchObject({ login: false });
  expect(world.databaseCopies.contents(database).tasks).toMatchObject([{ state: null, maxTries: 1 }]);
  expect(await world.secretVault.read(item!.secret)).toEqual({ fernetKey });
  expect((await world.controlBucket.getManifest(item!.prefix, "manifest.json"))?.number).toBe(1);
}

describe("the last snapshot of an environment that is deleted", () => {
  it("is the default: its database sealed with what ran marked to run again, its key and manifest beside it", async () => {
    const start = await available();
    await askToDelete(start.world, { SkipFinalSnapshot: false });
    expect((await runLadder(start.world, "first")).end).toBe("Succeeded");
    await expectWhole(start);
  });

  describe.each(recoverable)("when a step %s", (mischief) => {
    it.each(all)("%s: it is there all the same, and nothing beside it", async (state) => {
      const start = await available();
      await askToDelete(start.world, { SkipFinalSnapshot: false });
      expect((await runLadder(start.world, "first", { [state]: mischief })).end).toBe("Succeeded");
      await expectWhole(start);
    });
  });

  it.each(all.filter((state) => state !== "CheckServicesGone"))(
    "is there when %s failed for good and the environment was deleted again",
    async (state) => {
      const start = await available();
      await askToDelete(start.world, { SkipFinalSnapshot: false });
      expect((await runLadder(start.world, "first", { [state]: "fails" })).end).toBe("Stuck");
      await askToDelete(start.world, { SkipFinalSnapshot: false });
      expect((await runLadder(start.world, "first")).end).toBe("Succeeded");
      await expectWhole(start);
    },
  );

  it.each(["databaseCopies.seal", "secretVault.ensure", "controlBucket.putManifest", "snapshots.create"] as const)(
    "is listed only when all of it is there: cut off before and after %s it is not, and the next try makes it",
    async (method) => {
      for (const when of ["before", "after"] as const) {
        const start = await available();
        const { world } = start;
        await askToDelete(world, { SkipFinalSnapshot: false });
        world.fail(method, new Error("killed"), 1000, when);
        const { end } = await runLadder(world, "first");
        if (when === "before") expect(end).toBe("Stuck");
        if (end === "Stuck") {
          expect(await world.snapshots.all()).toEqual([]);
          world.heal();
          await askToDelete(world, { SkipFinalSnapshot: false });
          expect((await runLadder(world, "first")).end).toBe("Succeeded");
        }
        await expectWhole(start);
      }
    },
  );

  it("goes too where the deletion that made it got stuck, and the next one is to keep none", async () => {
    const { world } = await available();
    await askToDelete(world, { SkipFinalSnapshot: false });
    expect((await runLadder(world, "first", { RemoveStorage: "fails" })).end).toBe("Stuck");
    expect(await world.snapshots.all()).toHaveLength(1);
    await askToDelete(world, { SkipFinalSnapshot: true });
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    expect(world.leftovers()).toEqual([]);
  });

  it("is none of an environment that was never made, nor of one deleted again after such a deletion got stuck", async () => {
    const world = emptyWorld();
    world.agents.script.canary.ends = "failed";
    await askToCreate(world);
    expect((await runLadder(world, "first", { UndoCloneDatabases: "fails" })).end).toBe("Stuck");
    await askToDelete(world, { SkipFinalSnapshot: false });
    expect((await runLadder(world, "first", { DropDatabases: "fails" })).end).toBe("Stuck");
    await askToDelete(world, { SkipFinalSnapshot: false });
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    expect(world.leftovers()).toEqual([]);
  });

  it("is none where the database is not there any more", async () => {
    const { world, database } = await available();
    world.databases.databases.delete(database);
    await askToDelete(world, { SkipFinalSnapshot: false });
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    expect(await world.snapshots.all()).toEqual([]);
  });

  it("stays for a week, whatever becomes of the environment's name, and goes with all it has", async () => {
    const { world, database } = await available();
    await askToDelete(world, { SkipFinalSnapshot: false });
    await runLadder(world, "first");
    const before = world.leftovers();
    await expireSnapshots(world.ports);
    expect(world.leftovers()).toEqual(before);
    await askToCreate(world);
    await runLadder(world, "first");
    await askToDelete(world);
    await runLadder(world, "first");
    expect(world.leftovers()).toEqual(kept(database));
    world.clock.advance(week);
    await expireSnapshots(world.ports);
    expect(world.leftovers()).toEqual([]);
  });
});
