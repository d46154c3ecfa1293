// How an upgrade may end: on the new version, or on the old one as if nothing had been; never half.
import { expect } from "vitest";
import { seen, type Upgraded } from "./upgrades.ts";

export const tasksIn = ({ world }: Upgraded, database: string) =>
  Object.fromEntries(world.databaseCopies.contents(database).tasks.map((task) => [task.taskId, task]));

/** On the new version, with the original sealed as it was copied, and nothing else of the old generation. */
export function expectApplied(done: Upgraded) {
  const { world, record, environment, operationId } = done;
  const { names } = environment;
  expect(environment).toMatchObject({ status: "AVAILABLE", operationId: null, drains: [], retired: [] });
  expect(environment.pause ?? null).toBeNull();
  expect(environment.settings.airflowVersion).toBe("3.3.1");
  expect(names.metadataDatabase).not.toBe(record.names.metadataDatabase);
  expect([...world.containers.services.keys()].toSorted()).toEqual(Object.values(names.services).toSorted());
  expect([...world.taskQueues.queues.keys()].toSorted()).toEqual([names.queue, `${names.queue}-canary`].toSorted());
  expect(environment.snapshots).toMatchObject([{ name: record.names.metadataDatabase, operationId }]);
  expect(world.databaseCopies.isSealed(record.names.metadataDatabase)).toBe(true);
  expect(world.databases.roles.get(record.names.metadataRole)?.login).toBe(false);
  expect(world.databases.databases.has(record.names.celeryDatabase)).toBe(false);
  expect([...world.secretVault.secrets.keys()].filter((name) => name.includes("copies"))).toEqual([]);
  expect([...world.databases.roles.keys()].filter((name) => name.includes("copier"))).toEqual([]);
  expect([...world.containers.oneOffs.values()].filter(({ stopped }) => !stopped)).toEqual([]);
  // the address leads to the new generation, open, and the hold is lifted
  const group = world.webAddresses.targetGroups.get(names.targetGroup);
  expect([...world.webAddresses.rules.values()]).toEqual([group]);
  expect([...world.webAddresses.targetGroups.values()]).toEqual([group]);
  expect([...world.webAddresses.closed]).toEqual([]);
  const live = world.databaseCopies.contents(names.metadataDatabase);
  expect(Object.fromEntries(live.dags)).toEqual({ sales: false, asleep: true });
  expect(live.heldDags).toBeNull();
  // what ran runs again, what waited waits in the new queue; the snapshot keeps it as it was
  expect(tasksIn(done, names.metadataDatabase)).toMatchObject({
    running: { state: null, maxTries: 1, queue: names.queue },
    queued: { state: "scheduled", queue: names.queue },
    deferred: { state: "deferred", queue: names.queue },
    success: { state: "success" },
  });
  expect(tasksIn(done, record.names.metadataDatabase)).toMatchObject({
    running: { state: null, queue: record.names.queue },
    queued: { state: "queued", queue: record.names.queue },
  });
}

/** On the old version: the same database, role, address and services, and nothing of the upgrade. */
export function expectAsBefore(done: Upgraded) {
  const { world, record, before, environment } = done;
  expect(environment).toMatchObject({
    status: "UPDATE_FAILED",
    operationId: null,
    drains: [],
    retired: [],
  });
  expect(environment.pause ?? null).toBeNull();
  expect(environment.settings).toEqual(record.settings);
  expect(environment.names).toEqual(record.names);
  expect(environment.layer).toEqual(record.layer);
  expect(environment.snapshots ?? []).toEqual([]);
  expect(seen(world, record)).toEqual(before);
  const control = JSON.parse(String(world.controlBucket.objects.get(`${record.names.prefix}control.json`)?.body));
  expect(control).toMatchObject({ drains: [], pause: null, generation: 1 });
  const { running, ...others } = tasksIn(done, record.names.metadataDatabase);
  const ended = world.calls.includes("databaseCopies.retryInterrupted");
  expect(running).toMatchObject(ended ? { state: null, maxTries: 1 } : { state: "running", maxTries: 0 });
  expect(others).toMatchObject({ queued: { state: "queued" }, deferred: { state: "deferred" } });
}

export function expectEither(done: Upgraded): void {
  if (done.run.end === "Succeeded") expectApplied(done);
  else {
    expect(done.run.end).toBe("RolledBack");
    expectAsBefore(done);
  }
}
