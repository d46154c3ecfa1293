// An environment on Airflow 2.11.2 with rows in its database, upgraded to 3.3.1 on the in-memory world.
import type { EnvironmentItem } from "../../shared/domain/items.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import type { UpdateEnvironmentRequest } from "../../shared/domain/requests.ts";
import type { MemoryTask } from "../../shared/testing/memory-database-copies.ts";
import type { MemoryWorld } from "../../shared/testing/memory-world.ts";
import { askToCreate, askToUpdate, emptyWorld, testPool } from "./requests.ts";
import { type Mischief, runLadder } from "./run-ladder.ts";

export const upgradePool: Pool = {
  ...testPool,
  images: Object.fromEntries(["2.11.2", "3.3.1"].map((version) => [version, { image: `hangar/airflow:${version}` }])),
};

/** One that runs, one that waits for a worker, one that waits for its trigger, and one that is done. */
const rows = (queue: string): MemoryTask[] =>
  ["running", "queued", "deferred", "success"].map((state) => ({
    ...{ dagId: "sales", runId: "today", taskId: state, mapIndex: -1, tryNumber: 1, maxTries: 0, state, queue },
  }));

/** What of the world must be as before when an upgrade is rolled back; the control bucket and definitions of builds aside. */
export function seen(world: MemoryWorld, { names }: EnvironmentItem) {
  const { databases, webAddresses } = world;
  return {
    things: world.leftovers().filter((one) => !/^control object|^task definition .*-layer$/.test(one)),
    services: [...world.containers.services].map(([name, { spec }]) => [name, spec.desiredCount]),
    addresses: [...webAddresses.rules].map(([host, to]) => [host, to, webAddresses.closed.has(host)]),
    database: databases.databases.get(names.metadataDatabase),
    role: databases.roles.get(names.metadataRole),
    sealed: world.databaseCopies.isSealed(names.metadataDatabase),
    dags: [...world.databaseCopies.contents(names.metadataDatabase).dags],
  };
}

/** AVAILABLE on 2.11.2: two workers, a layer, a few rows, a DAG that is paused and one that is not. */
export async function availableOnOld() {
  const world = emptyWorld();
  world.sourceBuckets.upload("my-dags", "requirements.txt", "pendulum");
  const request = { AirflowVersion: "2.11.2", MinWorkers: 2, MaxWorkers: 4, RequirementsS3Path: "requirements.txt" };
  await askToCreate(world, request, upgradePool);
  await runLadder(world, "first");
  const record = (await world.environments.get("first"))!;
  const contents = world.databaseCopies.contents(record.names.metadataDatabase);
  contents.tasks = rows(record.names.queue);
  contents.dags = new Map([
    ["sales", false],
    ["asleep", true],
  ]);
  return { world, record, before: seen(world, record) };
}

/** Upgrades it, with checks that give up soon. @param prepare what is wrong with the world before it begins */
export async function upgraded(
  mischief: Readonly<Record<string, Mischief>> = {},
  prepare: (world: MemoryWorld) => void = () => {},
  request: Partial<UpdateEnvironmentRequest> = {},
) {
  return upgradedFrom(await availableOnOld(), mischief, prepare, request);
}

/** The same of an environment with a history. */
export async function upgradedFrom(
  start: Awaited<ReturnType<typeof availableOnOld>>,
  mischief: Readonly<Record<string, Mischief>> = {},
  prepare: (world: MemoryWorld) => void = () => {},
  request: Partial<UpdateEnvironmentRequest> = {},
) {
  const { world } = start;
  await askToUpdate(world, { AirflowVersion: "3.3.1", ...request }, upgradePool);
  shortenDeadlines(world);
  prepare(world);
  const accepted = (await world.environments.get("first"))!;
  const operationId = accepted.operationId!;
  const run = await runLadder(world, "first", mischief);
  return { ...start, run, accepted, operationId, environment: (await world.environments.get("first"))! };
}

export type Upgraded = Awaited<ReturnType<typeof upgraded>>;

/** Looks a check may take; the pause is shorter than the check that waits for it. */
export function shortenDeadlines(world: MemoryWorld) {
  for (const [id, operation] of world.operations.items) {
    const { plan } = operation;
    if (plan.type !== "upgrade-environment") continue;
    const deadlineSeconds = Object.fromEntries(Object.keys(plan.deadlineSeconds).map((check) => [check, 30]));
    const pause = { ...plan.pause, deadlineSeconds: Math.min(plan.pause.deadlineSeconds, 15) };
    world.operations.items.set(id, { ...operation, plan: { ...plan, pause, deadlineSeconds } });
  }
}
