import { describe, expect, it } from "vitest";
import { ladders } from "../shared/domain/ladders.ts";
import { advanceSnapshots } from "../functions/schedules/advance-snapshots.ts";
import { finishUpgrades } from "../functions/schedules/finish-upgrades.ts";
import { createSnapshot } from "../functions/api/create-snapshot.ts";
import { runLadder, type Mischief } from "./testing/run-ladder.ts";
import { askToClone, askToCreate, askToDelete, emptyWorld, testPool } from "./testing/requests.ts";
import { recoverable } from "./testing/task-states.ts";

const { rungs } = ladders["create-environment"];
const all = rungs.map((rung) => rung.state);
/** No layer is asked for, so there is nothing BuildLayer could fail at. */
const effects = rungs.filter(({ kind, step }) => kind === "effect" && step !== "build-layer").map(({ state }) => state);

/** An environment with rows, and a snapshot of it: of the living one, or the last one of the deleted one. */
async function withSnapshot(whose: "living" | "gone") {
  const world = emptyWorld();
  await askToCreate(world);
  await runLadder(world, "first");
  const record = (await world.environments.get("first"))!;
  const { fernetKey } = await world.secretVault.read(record.names.secret);
  const contents = world.databaseCopies.contents(record.names.metadataDatabase);
  const row = { dagId: "etl", runId: "r", mapIndex: -1, tryNumber: 1, maxTries: 0, queue: record.names.queue };
  contents.tasks.push({ ...row, taskId: "ran", state: "running" }, { ...row, taskId: "waited", state: "queued" });
  contents.dags = new Map([
    ["etl", false],
    ["asleep", true],
    ["_hangar_canary", false],
  ]);
  if (whose === "gone") {
    await askToDelete(world, { SkipFinalSnapshot: false });
    await runLadder(world, "first");
    return { world, record, fernetKey, name: (await world.snapshots.all())[0]!.name, before: world.leftovers() };
  }
  const ports = { ...world.ports, pool: testPool };
  const { Snapshot } = await createSnapshot({ Name: "first" }, ports);
  for (let looks = 0; looks < 4; looks++) await advanceSnapshots(ports);
  return { world, record, fernetKey, name: Snapshot["Name"] as string, before: world.leftovers() };
}

type Start = Awaited<ReturnType<typeof withSnapshot>>;

async function cloned(start: Start, mischief: Readonly<Record<string, Mischief>> = {}, request = {}) {
  await askToClone(start.world, { Snapshot: start.name, ...request });
  const { end } = await runLadder(start.world, "second", mischief);
  return { ...start, end, environment: (await start.world.environments.get("second"))! };
}

/** Its own of everything, with the rows and the key of the snapshot, which is as it was. */
async function expectCloned({ world, record, fernetKey, name, environment }: Awaited<ReturnType<typeof cloned>>) {
  const { names } = environment;
  expect(environment).toMatchObject({ status: "AVAILABLE", clonedFrom: name, settings: { airflowVersion: "3.3.1" } });
  const live = world.databases.databases.get(names.metadataDatabase);
  expect(live).toMatchObject({ owner: names.metadataRole, objectOwner: names.metadataRole, clonedFrom: name });
  expect(world.databaseCopies.contents(names.metadataDatabase).tasks).toMatchObject([
    { taskId: "ran", state: null, maxTries: 1, queue: names.queue },
    { taskId: "waited", state: "scheduled", queue: names.queue },
  ]);
  const secrets = await world.secretVault.read(names.secret);
  expect(secrets["fernetKey"]).toBe(fernetKey);
  expect(secrets["apiSecretKey"]).toBeDefined();
  expect(world.databaseCopies.isSealed(name)).toBe(true);
  expect(world.databaseCopies.contents(name).tasks).toMatchObject([
    { state: null, queue: record.names.queue },
    { state: "queued", queue: record.names.queue },
  ]);
  expect(world.leftovers().filter((one) => /copier|copies/.test(one))).toEqual([]);
  expect([...world.containers.oneOffs.values()].filter(({ stopped }) => !stopped)).toEqual([]);
}

/** Nothing of it is there but its record, which a deletion removes. */
async function expectUndone({ world, end, name, before }: Awaited<ReturnType<typeof cloned>>) {
  expect(end).toBe("RolledBack");
  expect(world.databaseCopies.isSealed(name)).toBe(true);
  expect(world.leftovers().filter((one) => !before.includes(one))).toEqual(["environment second"]);
  await askToDelete(world, { Name: "second" });
  expect((await runLadder(world, "second")).end).toBe("Succeeded");
  expect(world.leftovers()).toEqual(before);
}

const pausedIn = ({ world, environment }: Awaited<ReturnType<typeof cloned>>) =>
  Object.fromEntries(world.databaseCopies.contents(environment.names.metadataDatabase).dags);

describe("an environment made of a snapshot", () => {
  it.each(["living", "gone"] as const)(
    "of one that is %s has its rows and its key, and the snapshot stays",
    async (whose) => {
      const done = await cloned(await withSnapshot(whose));
      expect(done.end).toBe("Succeeded");
      await expectCloned(done);
    },
  );

  it("has its DAGs paused where the snapshot's own environment goes on; where it is gone they go on once it is there", async () => {
    const all = { etl: true, asleep: true, _hangar_canary: true };
    const finished = async (whose: "living" | "gone", request = {}) => {
      const done = await cloned(await withSnapshot(whose), {}, request);
      expect(pausedIn(done)).toEqual(all); // what is serialized names the queue of the other environment
      done.world.workflows.end([...done.world.workflows.executions.keys()].at(-1)!, done.world.clock.now());
      await finishUpgrades(done.world.ports);
      expect((await done.world.environments.get("second"))!.toOpen ?? null).toBeNull();
      return pausedIn(done);
    };
    expect(await finished("living")).toEqual(all);
    expect(await finished("gone")).toEqual({ ...all, etl: false });
    expect(await finished("living", { PauseDags: false })).toEqual({ ...all, etl: false });
    expect(await finished("gone", { PauseDags: true })).toEqual(all);
  });

  describe.each(recoverable)("when a step %s", (mischief) => {
    it.each(all)(
      "%s: it is there whole, or rolled back with nothing left; the snapshot is as it was",
      async (state) => {
        const done = await cloned(await withSnapshot("gone"), { [state]: mischief });
        if (done.end === "Succeeded") await expectCloned(done);
        else await expectUndone(done);
      },
    );
  });

  it.each(effects)(
    "is undone where %s fails for good: the snapshot is as it was, nothing else is left",
    async (state) => {
      await expectUndone(await cloned(await withSnapshot("gone"), { [state]: "fails" }));
    },
  );

  it.each(["UndoMigrateTemplate", "UndoCloneDatabases", "UndoCreateSecrets"])(
    "that got stuck in %s is cleared away by its deletion",
    async (state) => {
      const start = await withSnapshot("gone");
      start.world.agents.script.canary.ends = "failed";
      const { world, end } = await cloned(start, { [state]: "fails" });
      expect(end).toBe("Stuck");
      await askToDelete(world, { Name: "second" });
      expect((await runLadder(world, "second")).end).toBe("Succeeded");
      expect(world.leftovers()).toEqual(start.before);
    },
  );

  it("whose copying fails says so, and is rolled back", async () => {
    const start = await withSnapshot("gone");
    start.world.containers.script.oneOffOf["copy-database"] = { looks: 1, exitCode: 1, reason: "no room" };
    const { end, environment } = await cloned(start);
    expect(end).toBe("RolledBack");
    expect(environment.lastUpdate.error?.message).toContain("ended with exit code 1: no room");
  });

  it("is refused on another version, of a snapshot that is not there, and of one whose time is over", async () => {
    const { world, name } = await withSnapshot("gone");
    const refused = (request: object) => expect(askToClone(world, { Snapshot: name, ...request })).rejects;
    await refused({ AirflowVersion: "2.11.2" }).toMatchObject({ name: "VersionChangeRefused" });
    await refused({ Snapshot: "hangar_nobody" }).toMatchObject({ name: "SnapshotNotFound" });
    world.clock.advance(7 * 86_400_000);
    await refused({}).toMatchObject({ name: "SnapshotNotFound" });
    expect(await world.environments.get("second")).toBeUndefined();
  });

  it("asked for twice while it is being made is the same one", async () => {
    const { world, name } = await withSnapshot("gone");
    const first = await askToClone(world, { Snapshot: name });
    expect(await askToClone(world, { Snapshot: name })).toEqual(first);
    await expect(askToClone(world, { Snapshot: name, PauseDags: true })).rejects.toMatchObject({
      name: "DuplicateEnvironment",
    });
  });
});
