// One region, and one environment of the older version with a history: runs that ended, one that waits for a trigger, a connection
// with a secret, a variable, a pool.
import { join } from "node:path";
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { targetOf } from "../../../cli/region-process.ts";
import { historyDag } from "../../stories/support/aging-dags.ts";
import { type EveryRow, everyRowOf } from "../../stories/support/every-row.ts";
import { until } from "../../stories/support/hangar.ts";
import { rowsOf } from "../../stories/support/metadata.ts";
import { freshPlace, type Place } from "../../stories/support/place.ts";
import { liveDatabase, newestOperation } from "../../stories/support/upgrading.ts";
import type { Scene } from "../kills/victims.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";

export const environmentName = "faulty";
const deferredDag = "waits_a_day";
const historyRuns = 3;

export interface UpgradePlace extends Place, Scene {
  readonly from: string;
  readonly to: string;
  /** Of PostgreSQL alone; undefined where nobody may mount one. */
  readonly disk: SmallDisk | undefined;
  live(): Promise<string>;
  /** Rows of the live database. */
  rows<Row extends object>(statement: string, ...values: readonly unknown[]): Promise<readonly Row[]>;
  /** All of it that Airflow does not write by itself. */
  everyRow(): Promise<EveryRow>;
  /** Asks for the version, FORCED: nothing runs that could be waited for. @param more members of UpdateEnvironment */
  ask(version: string, more?: object): Promise<void>;
  /** Makes a deadline of the operation under way shorter: what would be waited for half an hour fails within that. */
  hurry(step: string, seconds: number): Promise<void>;
  /** Waits until the environment's address answers again. @returns that moment, milliseconds since the epoch */
  served(): Promise<number>;
  /** A new run of the history's DAG, to its end. @returns seconds it took */
  runsDag(): Promise<number>;
}

/** Starts a region in a fresh folder, and creates the environment with its history. */
export async function openUpgradePlace(
  pair: { readonly from: string; readonly to: string },
  wanted: { readonly smallDisk: boolean },
  note: (line: string) => void,
): Promise<UpgradePlace> {
  const place = freshPlace();
  const disk = wanted.smallDisk ? mountSmallDisk(join(place.home.folder, "postgres")) : undefined;
  const discard = async () => {
    await place.home.hangar("down");
    disk?.unmount();
    await place.discard();
  };
  try {
    note(`state folder ${place.home.folder}`);
    await place.home.ok("up");
    await place.home.ok("env", "create", environmentName, "--airflow-version", pair.from);
    const { Hangar } = await place.environment(environmentName);
    const opened = { ...place, ...pair, discard, disk, ...worksOf(place, Hangar!.EnvironmentId) };
    await addHistory(opened);
    return opened;
  } catch (error) {
    await discard();
    throw error;
  }
}

function worksOf(place: Place, environmentId: string) {
  const { home } = place;
  const live = () => liveDatabase(home.folder, environmentId);
  const rows = async <Row extends object>(statement: string, ...values: readonly unknown[]) =>
    rowsOf<Row>(home.folder, await live(), statement, values);
  return {
    environmentId,
    live,
    rows,
    everyRow: async () => everyRowOf(home.folder, await live()),
    async ask(version: string, more: object = {}) {
      const body = { AirflowVersion: version, WorkerReplacementStrategy: "FORCED", ...more };
      await place.call("PATCH", `/environments/${environmentName}`, body);
    },
    hurry: async (step: string, seconds: number) => shorten(place, step, seconds),
    async served() {
      const { WebserverUrl } = await place.environment(environmentName);
      await until("the address answers", 180, async () => {
        const { status } = await fetch(`http://${WebserverUrl}/`, { redirect: "manual" });
        return status < 500;
      });
      return Date.now();
    },
    async runsDag() {
      const began = performance.now();
      const runId = await until("a run is accepted", 120, () => startRun(place, "history"));
      await until(`run ${runId} succeeds`, 180, async () => {
        const [run] = await rows<{ state: string }>("select state from dag_run where run_id = $1", runId);
        if (run?.state === "failed") throw new Error("it failed");
        return run?.state === "success";
      });
      return (performance.now() - began) / 1000;
    },
  };
}

const api = (place: Place, method: string, path: string, body: object) =>
  place.home.ok("api", environmentName, method, path, "--body", JSON.stringify(body));

/** Version 2 of Airflow's API wants a date, version 1 none. */
async function startRun(place: Place, dagId: string): Promise<string> {
  const { AirflowVersion } = await place.environment(environmentName);
  await api(place, "PATCH", `/dags/${dagId}`, { is_paused: false });
  const body = AirflowVersion.startsWith("2.") ? { conf: {} } : { conf: {}, logical_date: null };
  return (JSON.parse(await api(place, "POST", `/dags/${dagId}/dagRuns`, body)) as { dag_run_id: string }).dag_run_id;
}

async function addHistory(place: UpgradePlace): Promise<void> {
  await place.upload(environmentName, "history.py", historyDag);
  await place.upload(environmentName, `${deferredDag}.py`, dayDag);
  for (const dagId of ["history", deferredDag])
    await until(`${dagId} is known`, 120, async () => {
      const known = await place.rows("select from dag where dag_id = $1", dagId);
      return known.length > 0;
    });
  await api(place, "POST", "/variables", { key: "city", value: "Bern" });
  await api(place, "POST", "/pools", { name: "narrow", slots: 3 });
  await api(place, "POST", "/connections", {
    ...{ connection_id: "warehouse", conn_type: "http", host: "db.example", password: "s3cret" },
  });
  for (let run = 0; run < historyRuns; run++) await place.runsDag();
  await startRun(place, deferredDag);
  await until("a task waits for its trigger", 120, async () => {
    const waiting = await place.rows("select from task_instance where state = 'deferred'");
    return waiting.length > 0;
  });
}

/**
 * The plan is frozen, and nothing of the product may change it. So it is done to the stored item, as a write like any other:
 * conditional on its generation, and counting it up.
 */
async function shorten(place: Place, step: string, seconds: number): Promise<void> {
  const { OperationId } = await newestOperation(place, environmentName);
  const { url, region, key } = targetOf(place.home.folder);
  const client = new DynamoDBClient({ endpoint: url, region, credentials: key });
  try {
    await until(`the deadline of ${step} is shorter`, 30, async () => {
      const generation = await generationOf(place, OperationId);
      await client.send(
        new UpdateItemCommand({
          TableName: "hangar",
          Key: { pk: { S: `operation#${OperationId}` }, sk: { S: "operation" } },
          UpdateExpression: "SET #item.#plan.#deadlines.#step = :seconds, #item.#generation = :next",
          ConditionExpression: "#item.#generation = :generation",
          ExpressionAttributeNames: {
            ...{ "#item": "item", "#plan": "plan", "#deadlines": "deadlineSeconds", "#step": step },
            "#generation": "generation",
          },
          ExpressionAttributeValues: {
            ":seconds": { N: String(seconds) },
            ":generation": { N: String(generation) },
            ":next": { N: String(generation + 1) },
          },
        }),
      );
      return true;
    });
  } finally {
    client.destroy();
  }
}

async function generationOf(place: Place, operationId: string): Promise<number> {
  const key = JSON.stringify({ pk: { S: `operation#${operationId}` }, sk: { S: "operation" } });
  const { Item } = await place.home.aws<{ Item: { item: { M: { generation: { N: string } } } } }>(
    ...["dynamodb", "get-item", "--table-name", "hangar", "--consistent-read", "--key", key],
  );
  return Number(Item.item.M.generation.N);
}

/** A day in the triggerer: longer than any chaos; for Airflow 2 and 3 alike. */
const dayDag = `from datetime import datetime, timedelta

try:
    from airflow.sdk import BaseOperator, dag
except ImportError:
    from airflow.decorators import dag
    from airflow.models.baseoperator import BaseOperator
try:
    from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
except ImportError:
    from airflow.triggers.temporal import TimeDeltaTrigger


class Later(BaseOperator):
    def execute(self, context):
        self.defer(trigger=TimeDeltaTrigger(timedelta(days=1)), method_name="resume")

    def resume(self, context, event=None):
        return "resumed"


@dag(dag_id="${deferredDag}", schedule=None, start_date=datetime(2024, 1, 1), catchup=False)
def waits():
    Later(task_id="later", retries=0)


waits()
`;
