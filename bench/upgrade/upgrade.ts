// An upgrade of the Airflow version: how long the environment is away, beside the bare sum of what nobody can leave out; and how
// long the ways back take.
import { callApi } from "../../cli/api-client.ts";
import { listOperations } from "../../cli/operations.ts";
import { createEnvironment, type Environment, needEnvironment } from "../../cli/environments.ts";
import { liveDatabase } from "../../tests/stories/support/upgrading.ts";
import { type BenchHome, newEnvironment } from "../bench-home.ts";
import type { Bench, Benchmark } from "../benchmark.ts";
import { againstLimit, againstPeer, type Row } from "../measurement.ts";
import { spreadOf } from "../statistics.ts";
import { waitFor } from "../waiting.ts";
import { type BareMigration, type BareRestart, migrateByHand, restartByHand } from "./bare.ts";
import {
  askForVersion,
  cancelAt,
  type MeasuredChange,
  measureChange,
  secondsBetween,
  stepsText,
} from "./measured-upgrade.ts";
import { addTaskInstances, addWeight, dropWeight, megabytesOf } from "./synthetic-rows.ts";

const name = "bench-upgrade";
const from = "2.11.2";
const manyTaskInstances = 1_000_000;
const heavyMegabytes = 1000;
const wantedRatio = 1.25;
const rollbackLimitSeconds = 30;

interface Part {
  readonly what: string;
  readonly change: MeasuredChange;
  readonly migration: BareMigration;
}

export const upgrade: Benchmark = {
  name: "upgrade",
  async run(bench) {
    const home = await bench.home();
    await createOlder(home);
    const ways = [await cancelled(home, bench, "a small database")];
    if (!bench.quick) ways.push(...(await heavyRows(home, bench)));
    const parts = [await upgraded(home, bench, "a small database")];
    if (!bench.quick) {
      ways.push(await restored(home, bench));
      bench.note(`${manyTaskInstances} task instances are made`);
      await addTaskInstances(home, await databaseOf(home), manyTaskInstances);
      parts.push(await upgraded(home, bench, "1 M task instances"));
    }
    const restart = await restartByHand(home, await environmentOf(home), bench);
    bench.note(`by hand: healthy after ${text(restart.startSeconds)}, stopped within ${text(restart.stopSeconds)}`);
    await home.remove(name);
    return [...parts.flatMap((part) => rowsFor(part, restart)), ...ways];
  },
};

const text = (seconds: number): string => `${seconds.toFixed(1)} s`;
const once = (seconds: number) => spreadOf([seconds]);

const environmentOf = (home: BenchHome): Promise<Environment> => needEnvironment(home.target(), name);

const databaseOf = async (home: BenchHome): Promise<string> =>
  liveDatabase(home.folder, (await environmentOf(home)).Hangar!.EnvironmentId);

async function createOlder(home: BenchHome): Promise<void> {
  await createEnvironment(home.target(), name, {
    ...(await newEnvironment(home.target(), name)),
    airflowVersion: from,
  });
  await waitFor(`${name} of Airflow ${from}`, 900, 300, async () => {
    const { Status } = await environmentOf(home);
    if (Status === "CREATE_FAILED") throw new Error("it failed");
    return Status === "AVAILABLE";
  });
}

async function upgraded(home: BenchHome, bench: Bench, what: string): Promise<Part> {
  const change = await measureChange(home, name, askForVersion(home, name, home.airflowVersion), "AVAILABLE");
  const snapshot = change.environment.Hangar!.Snapshots![0]!.Name;
  bench.note(
    `${what}, ${(await megabytesOf(home, snapshot)).toFixed(0)} MB: ${text(change.seconds)} in all, by step:\n${stepsText(change.operation)}`,
  );
  const migration = await migrateByHand(home, snapshot, bench);
  bench.note(`by hand: copy ${text(migration.copySeconds)}, db migrate ${text(migration.migrateSeconds)}`);
  return { what, change, migration };
}

/** Nobody can leave out the stop, the migration and the start; the copy is what the way back costs. */
function rowsFor({ what, change, migration }: Part, restart: BareRestart): readonly Row[] {
  const sum = restart.stopSeconds + migration.migrateSeconds + restart.startSeconds;
  const peer = { what: "stop, db migrate and start by hand", spread: once(sum) };
  return [
    againstPeer(`upgrade of ${what}: the address does not answer`, "s", once(change.awaySeconds), peer, wantedRatio),
    againstPeer("nothing is scheduled", "s", once(change.unscheduledSeconds), peer),
    againstPeer("from the call to AVAILABLE", "s", once(change.seconds), peer),
    againstPeer("its migration, with looks before and after", "s", once(migratedWithin(change)), {
      ...{ what: "airflow db migrate by hand", spread: once(migration.migrateSeconds) },
    }),
  ];
}

const migratedWithin = ({ operation }: MeasuredChange): number =>
  secondsBetween(operation, "migrate-database", "requeue-tasks");

/** One that is turned round as its copy is migrated: until the old tasks answer again. */
async function cancelled(home: BenchHome, bench: Bench, what: string): Promise<Row> {
  const asking = askForVersion(home, name, home.airflowVersion);
  let cancelledAt: Promise<number> | undefined;
  const change = await measureChange(
    home,
    name,
    async () => {
      await asking();
      cancelledAt = cancelAt(home, name, "migrate-database");
      cancelledAt.catch(() => undefined); // is told where it is awaited
    },
    "UPDATE_FAILED",
  );
  const seconds = (change.servedAt - (await cancelledAt!)) / 1000;
  bench.note(
    `cancelled, ${what}: its address answers again after ${text(seconds)}; steps:\n${stepsText(change.operation)}`,
  );
  return againstLimit(`cancelled at the migration of ${what}: answers again`, "s", once(seconds), rollbackLimitSeconds);
}

/** A database of a gigabyte is copied, and the copy thrown away again. */
async function heavyRows(home: BenchHome, bench: Bench): Promise<readonly Row[]> {
  const database = await databaseOf(home);
  await addWeight(home, database, heavyMegabytes);
  const megabytes = (await megabytesOf(home, database)).toFixed(0);
  const back = await cancelled(home, bench, `${megabytes} MB`);
  const [operation] = await listOperations(home.target(), name, 1);
  await dropWeight(home, database);
  const copied = secondsBetween(operation!, "copy-database", "migrate-database");
  return [{ what: `copy of ${megabytes} MB, sealing included`, unit: "s", measured: once(copied) }, back];
}

async function restored(home: BenchHome, bench: Bench): Promise<Row> {
  const [snapshot] = (await environmentOf(home)).Hangar!.Snapshots!;
  const path = `/environments/${name}/snapshots/${snapshot!.Name}/restore`;
  const body = { WorkerReplacementStrategy: "FORCED" };
  const change = await measureChange(home, name, () => callApi(home.target(), "POST", path, body), "AVAILABLE");
  bench.note(`restored within ${text(change.seconds)}, steps:\n${stepsText(change.operation)}`);
  return { what: "restore of the snapshot, call to AVAILABLE", unit: "s", measured: once(change.seconds) };
}
