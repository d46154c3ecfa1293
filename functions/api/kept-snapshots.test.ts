import { describe, expect, it } from "vitest";
import { askToCreate, askToDelete, emptyWorld, testPool } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { expireSnapshots } from "../schedules/expire-snapshots.ts";
import { deleteKeptSnapshot } from "./delete-kept-snapshot.ts";
import { listAllSnapshots } from "./list-all-snapshots.ts";

async function deleted() {
  const world = emptyWorld();
  await askToCreate(world);
  await runLadder(world, "first");
  await askToDelete(world, { SkipFinalSnapshot: false });
  await runLadder(world, "first");
  const [item] = await world.snapshots.all();
  const ports = { ...world.ports, pool: testPool };
  const list = async (pool = testPool) => (await listAllSnapshots({}, { ...ports, pool })).Snapshots;
  return { world, ports, list, item: item! };
}

describe("GET /snapshots", () => {
  it("lists what deleted environments have left beside what living ones have, the newest first", async () => {
    const { world, list, item } = await deleted();
    world.clock.advance(1000);
    await askToCreate(world, { Name: "second" });
    await runLadder(world, "second");
    const record = (await world.environments.get("second"))!;
    const own = { name: "hangar_e9_s2", role: "hangar_e9_s2", airflowVersion: "3.3.1", createdAt: world.clock.now() };
    const snapshots = [{ ...own, expiresAt: own.createdAt + 1000, description: "before the migration" }];
    world.environments.items.set("second", { ...record, snapshots });
    expect(await list()).toMatchObject([
      { Name: own.name, Environment: "second", Final: false, Description: "before the migration" },
      { Name: item.name, Environment: "first", Final: true, EnvironmentClass: "mw1.small", Release: { Number: 1 } },
    ]);
    world.clock.advance(1000);
    expect(await list()).toHaveLength(1);
  });

  it("says why one cannot be made an environment of here", async () => {
    const { list } = await deleted();
    expect(await list({ ...testPool, images: {} })).toMatchObject([
      { Restorable: false, Reason: expect.stringContaining("no image") },
    ]);
  });
});

describe("DELETE /snapshots/{Snapshot}", () => {
  it("drops database, role, secret and manifest, and it is not listed any more; a second one finds nothing", async () => {
    const { world, ports, list, item } = await deleted();
    expect(await deleteKeptSnapshot({ Snapshot: item.name }, ports)).toEqual({});
    expect(world.leftovers()).toEqual([]);
    expect(await list()).toEqual([]);
    const again = deleteKeptSnapshot({ Snapshot: item.name }, ports);
    await expect(again).rejects.toMatchObject({ name: "SnapshotNotFound" });
  });

  it.each(["databases.dropDatabase", "secretVault.remove", "controlBucket.empty", "snapshots.remove"] as const)(
    "cut off at %s it is not listed any more, and the schedule goes on",
    async (method) => {
      for (const when of ["before", "after"] as const) {
        const { world, ports, list, item } = await deleted();
        world.fail(method, new Error("killed"), 1, when);
        await expect(deleteKeptSnapshot({ Snapshot: item.name }, ports)).rejects.toThrow("killed");
        expect(await list()).toEqual([]);
        await expireSnapshots(ports);
        expect(world.leftovers()).toEqual([]);
      }
    },
  );

  it("of two at once both come to an end, and it is gone", async () => {
    const { world, ports, item } = await deleted();
    await Promise.allSettled([1, 2].map(() => deleteKeptSnapshot({ Snapshot: item.name }, ports)));
    await expireSnapshots(ports);
    expect(world.leftovers()).toEqual([]);
  });
});
