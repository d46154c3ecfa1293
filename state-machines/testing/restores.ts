// An upgrade that is regretted: work goes on on 3.3.1 for a while, then the snapshot taken on 2.11.2 takes its place.
import { expect } from "vitest";
import type { MemoryTask } from "../../shared/testing/memory-database-copies.ts";
import type { MemoryWorld } from "../../shared/testing/memory-world.ts";
import { askToRestore } from "./requests.ts";
import { type Mischief, runLadder } from "./run-ladder.ts";
import { seen, shortenDeadlines, upgraded, upgradePool } from "./upgrades.ts";

/** Began after the upgrade: no snapshot knows it. */
const fresh = (queue: string): MemoryTask => ({
  ...{ dagId: "sales", runId: "tomorrow", taskId: "fresh", mapIndex: -1, tryNumber: 1, maxTries: 0 },
  ...{ state: "running", queue },
});

/** AVAILABLE on 3.3.1, with the snapshot of 2.11.2 and a task that runs. */
export async function availableToRegret() {
  const { world, environment: record } = await upgraded();
  const contents = world.databaseCopies.contents(record.names.metadataDatabase);
  contents.tasks = [...contents.tasks, fresh(record.names.queue)];
  const now = world.clock.now();
  contents.begun = { runs: [now - 86_400_000, now + 1, now + 2], taskInstances: [now + 1] };
  const snapshot = record.snapshots![0]!;
  const kept = structuredClone(world.databaseCopies.contents(snapshot.name).tasks);
  return { world, record, snapshot, kept, before: seen(world, record) };
}

/** Restores it, with checks that give up soon. @param prepare what is wrong with the world before it begins */
export async function restored(
  mischief: Readonly<Record<string, Mischief>> = {},
  prepare: (world: MemoryWorld) => void = () => {},
) {
  const start = await availableToRegret();
  const { world, snapshot } = start;
  const callsBefore = world.calls.length;
  await askToRestore(world, { Snapshot: snapshot.name }, upgradePool);
  shortenDeadlines(world);
  prepare(world);
  const operationId = (await world.environments.get("first"))!.operationId!;
  const run = await runLadder(world, "first", mischief);
  return { ...start, run, operationId, callsBefore, environment: (await world.environments.get("first"))! };
}

export type Restored = Awaited<ReturnType<typeof restored>>;

const tasksIn = ({ world }: Restored, database: string) =>
  Object.fromEntries(world.databaseCopies.contents(database).tasks.map((task) => [task.taskId, task]));

/** The snapshot is what it was when it was taken, and nobody can connect to it. */
export function expectSnapshotKept({ world, snapshot, kept }: Restored): void {
  expect(world.databaseCopies.isSealed(snapshot.name)).toBe(true);
  expect(world.databaseCopies.contents(snapshot.name).tasks).toEqual(kept);
}

/** On 2.11.2 with what was there then; what was live is the newest snapshot, with all that was written since. */
export function expectRestored(done: Restored): void {
  const { world, record, environment, operationId, snapshot } = done;
  const { names } = environment;
  expect(environment).toMatchObject({ status: "AVAILABLE", operationId: null, drains: [], retired: [] });
  expect({ ...environment.settings, airflowVersion: "3.3.1" }).toEqual(record.settings);
  expect(environment).toMatchObject({ settings: { airflowVersion: "2.11.2" }, image: "hangar/airflow:2.11.2" });
  expect(environment.snapshots).toMatchObject([
    { name: record.names.metadataDatabase, airflowVersion: "3.3.1", operationId, queue: record.names.queue },
    snapshot,
  ]);
  expectSnapshotKept(done);
  expect(world.databaseCopies.isSealed(record.names.metadataDatabase)).toBe(true);
  expect(world.databases.roles.get(record.names.metadataRole)?.login).toBe(false);
  expect([...world.containers.services.keys()].toSorted()).toEqual(Object.values(names.services).toSorted());
  expect([...world.taskQueues.queues.keys()].toSorted()).toEqual([names.queue, `${names.queue}-canary`].toSorted());
  expect([...world.webAddresses.closed]).toEqual([]);
  expect([...world.containers.oneOffs.values()].filter(({ stopped }) => !stopped)).toEqual([]);
  const live = world.databases.databases.get(names.metadataDatabase);
  expect(live).toMatchObject({ owner: names.metadataRole, objectOwner: names.metadataRole });
  const { fresh: lost, ...tasks } = tasksIn(done, names.metadataDatabase);
  expect(lost).toBeUndefined();
  // what waited when the snapshot was taken named a queue that is gone
  expect(tasks).toMatchObject({
    running: { state: null, maxTries: 1, queue: names.queue },
    queued: { state: "scheduled", queue: names.queue },
    deferred: { state: "deferred", queue: names.queue },
    success: { state: "success" },
  });
  expect(Object.fromEntries(world.databaseCopies.contents(names.metadataDatabase).dags)).toEqual({
    ...{ sales: false, asleep: true },
  });
  expect(tasksIn(done, record.names.metadataDatabase)["fresh"]).toMatchObject({ state: null, maxTries: 1 });
}

/** On 3.3.1 as if nothing had been, the snapshot too. */
export function expectStayed(done: Restored): void {
  const { world, record, environment, before, callsBefore } = done;
  expect(environment).toMatchObject({ status: "UPDATE_FAILED", operationId: null, drains: [], retired: [] });
  const { settings, names, layer, snapshots } = record;
  expect(environment).toMatchObject({ settings, names, layer, snapshots });
  expect(seen(world, record)).toEqual(before);
  expectSnapshotKept(done);
  const ended = world.calls.slice(callsBefore).includes("databaseCopies.retryInterrupted");
  expect(tasksIn(done, names.metadataDatabase)["fresh"]?.state).toBe(ended ? null : "running");
}
