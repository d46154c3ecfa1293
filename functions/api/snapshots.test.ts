import { describe, expect, it } from "vitest";
import { HangarError } from "../../shared/domain/errors.ts";
import { caller } from "../../state-machines/testing/requests.ts";
import { availableToRegret } from "../../state-machines/testing/restores.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { upgradePool } from "../../state-machines/testing/upgrades.ts";
import { advanceSnapshots } from "../schedules/advance-snapshots.ts";
import { createSnapshot } from "./create-snapshot.ts";
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
      Database: { SizeBytes: 1_004, Migration: { Samples: 0 }, Work: { Running: { Count: 1 } } },
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

describe("POST snapshots", () => {
  it("notes it on the record before it answers; of two at once both are noted, under names of their own", async () => {
    const { ports, world, now } = await regretting();
    const ask = () => createSnapshot({ Name: "first", Description: "before the move" }, ports);
    const taken = await Promise.all([ask(), ask()]);
    const listed = (await now()).snapshots!.filter(({ state }) => state === "CREATING").map(({ name }) => name);
    expect(taken.map(({ Snapshot }) => Snapshot["Name"]).toSorted()).toEqual(listed.toSorted());
    expect(new Set(listed).size).toBe(2);
    expect(world.databases.databases.has(listed[0]!)).toBe(false);
    await expect(ask()).rejects.toMatchObject({ name: "QuotaExceeded" });
  });

  it("of an environment nobody has is not found, and while an operation is in flight refused", async () => {
    const { ports, request } = await regretting();
    const missing = createSnapshot({ Name: "nobody" }, ports);
    await expect(missing).rejects.toMatchObject({ name: "EnvironmentNotFound" });
    await restoreSnapshot(request, ports, caller);
    await expect(createSnapshot({ Name: "first" }, ports)).rejects.toMatchObject({ name: "EnvironmentBusy" });
  });

  it("makes one that can be restored as any other, and one that is not there yet cannot", async () => {
    const { ports, world, now } = await regretting();
    const { Snapshot } = await createSnapshot({ Name: "first" }, ports);
    const asked = { Name: "first", Snapshot: Snapshot["Name"] as string };
    await expect(restoreSnapshot(asked, ports, caller)).rejects.toMatchObject({ name: "SnapshotNotFound" });
    for (let looks = 0; looks < 4; looks++) await advanceSnapshots(ports);
    await restoreSnapshot(asked, ports, caller);
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    const { names } = await now();
    expect(world.databases.databases.get(names.metadataDatabase)).toMatchObject({ clonedFrom: asked.Snapshot });
  });

  it("that is given up is never there, and leaves nothing once a late hand's time is over", async () => {
    const { ports, world, now } = await regretting();
    const before = world.leftovers();
    const { Snapshot } = await createSnapshot({ Name: "first" }, ports);
    await advanceSnapshots(ports);
    await deleteSnapshot({ Name: "first", Snapshot: Snapshot["Name"] as string }, ports);
    for (let looks = 0; looks < 4; looks++) await advanceSnapshots(ports);
    expect((await now()).snapshots).toMatchObject([{ state: "FAILED", reason: "It was given up." }, {}]);
    world.clock.advance(300_000);
    await advanceSnapshots(ports);
    expect((await now()).snapshots).toHaveLength(1);
    expect(world.leftovers()).toEqual(before);
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
