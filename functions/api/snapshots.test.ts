import { describe, expect, it } from "vitest";
import { HangarError } from "../../shared/domain/errors.ts";
import { caller } from "../../state-machines/testing/requests.ts";
import { availableToRegret } from "../../state-machines/testing/restores.ts";
import { upgradePool } from "../../state-machines/testing/upgrades.ts";
import { deleteSnapshot } from "./delete-snapshot.ts";
import { listSnapshots } from "./list-snapshots.ts";
import { restoreSnapshot } from "./restore-snapshot.ts";

const regretting = async () => {
  const start = await availableToRegret();
  const ports = { ...start.world.ports, pool: upgradePool };
  const request = { Name: "first", Snapshot: start.snapshot.name };
  return { ...start, ports, request, now: async () => (await start.world.environments.get("first"))! };
};

describe("GET snapshots", () => {
  it("lists those whose time is not over, and says which cannot be restored here, and why", async () => {
    const { ports, world, snapshot } = await regretting();
    const list = async (pool = upgradePool) => (await listSnapshots({ Name: "first" }, { ...ports, pool })).Snapshots;
    expect(await list()).toMatchObject([{ Name: snapshot.name, AirflowVersion: "2.11.2", Restorable: true }]);
    const bare = { ...upgradePool, images: {} };
    expect(await list(bare)).toMatchObject([{ Restorable: false, Reason: expect.stringContaining("no image") }]);
    world.clock.advance(snapshot.expiresAt - world.clock.now());
    expect(await list()).toEqual([]);
  });
});

describe("POST restore", () => {
  it("writes UPDATING and the operation before it answers, and starts the upgrade's ladder", async () => {
    const { ports, world, request, record, now } = await regretting();
    const { Operation } = await restoreSnapshot(request, ports, caller);
    const environment = await now();
    expect(environment).toMatchObject({ status: "UPDATING", settings: record.settings });
    expect(Operation).toMatchObject({ OperationId: environment.operationId, Upgrade: { How: "RESTORE" } });
    expect([...world.workflows.executions.keys()].at(-1)).toContain(environment.operationId!.slice(-8));
  });

  it("with DryRun counts what began since and changes nothing", async () => {
    const { ports, request, record, now } = await regretting();
    const { Plan } = await restoreSnapshot({ ...request, DryRun: true }, ports, caller);
    expect(Plan).toMatchObject({
      Upgrade: { Losses: [expect.stringContaining("2 DAG runs and 1 task instance"), expect.anything()] },
      Warnings: [],
    });
    expect(await now()).toEqual(record);
  });

  it("of two that come together starts one; the other is refused", async () => {
    const { ports, world, request } = await regretting();
    const both = await Promise.allSettled([1, 2].map(() => restoreSnapshot(request, ports, caller)));
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const upgrades = [...world.workflows.executions.keys()].filter((name) => name.startsWith("upgrade"));
    expect(upgrades).toHaveLength(2); // the first one brought the snapshot
  });

  it("refuses a snapshot that is not there", async () => {
    const { ports } = await regretting();
    const asked = restoreSnapshot({ Name: "first", Snapshot: "hangar_x" }, ports, caller);
    await expect(asked).rejects.toMatchObject({ name: "SnapshotNotFound" });
  });
});

describe("DELETE snapshot", () => {
  it("drops the database and its role, and takes it off the record; a second one finds nothing", async () => {
    const { ports, world, request, snapshot, now } = await regretting();
    expect(await deleteSnapshot(request, ports)).toEqual({});
    expect(world.databases.databases.has(snapshot.name)).toBe(false);
    expect(world.databases.roles.has(snapshot.role)).toBe(false);
    expect((await now()).snapshots).toEqual([]);
    await expect(deleteSnapshot(request, ports)).rejects.toMatchObject({ name: "SnapshotNotFound" });
  });

  it("is refused while an operation is in flight, which may be copying it", async () => {
    const { ports, world, request, snapshot } = await regretting();
    await restoreSnapshot(request, ports, caller);
    await expect(deleteSnapshot(request, ports)).rejects.toMatchObject({ name: "EnvironmentBusy" });
    expect(world.databases.databases.has(snapshot.name)).toBe(true);
  });

  it("is refused where the environment is stuck: it keeps all it has", async () => {
    const { ports, world, request, record } = await regretting();
    world.environments.items.set("first", { ...record, status: "UNAVAILABLE" });
    await expect(deleteSnapshot(request, ports)).rejects.toMatchObject({ name: "EnvironmentUnusable" });
  });

  it("cut off before the database is dropped leaves one nobody can restore any more, for the schedule to drop", async () => {
    const { ports, world, request, snapshot, now } = await regretting();
    world.fail("databases.dropDatabase", new HangarError("DependencyUnavailable", "It restarts."), 1);
    await expect(deleteSnapshot(request, ports)).rejects.toMatchObject({ name: "DependencyUnavailable" });
    expect((await now()).snapshots).toMatchObject([{ name: snapshot.name, expiresAt: world.clock.now() }]);
    await expect(restoreSnapshot(request, ports, caller)).rejects.toMatchObject({ name: "SnapshotNotFound" });
  });
});
