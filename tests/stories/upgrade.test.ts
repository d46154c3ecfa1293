// An environment that grows older: made with Airflow 2.10.3, brought to 2.11.2 and from there to 3.3.1, with a history, work in
// every state, and a rollback on the way. Its database says what became of all of it.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Environment } from "../../cli/environments.ts";
import { killProcess } from "../../local/process-identity.ts";
import { processesOf } from "../chaos/kills/victims.ts";
import { deferringDag, historyDag, scheduledDag, waitingDag } from "./support/aging-dags.ts";
import { differences, type EveryRow, everyRowOf } from "./support/every-row.ts";
import { until } from "./support/hangar.ts";
import { environmentLeavesNothing } from "./support/leftovers.ts";
import { databasesOf, rowsOf } from "./support/metadata.ts";
import { noOrphans } from "./support/orphans.ts";
import { freshPlace, type Place } from "./support/place.ts";
import { liveDatabase, newestOperation, stepBegins, tasksStartedAt, versionChangeEnds } from "./support/upgrading.ts";

const name = "aging";

let place: Place;
let environment: Environment;
beforeAll(async () => {
  place = freshPlace();
  await place.home.ok("up");
  await place.home.ok("env", "create", name, "--airflow-version", "2.10.3");
  environment = await place.environment(name);
  await place.upload(name, "history.py", historyDag);
  await place.upload(name, "scheduled.py", scheduledDag);
  await place.upload(name, "waits.py", waitingDag(join(place.scratch, "go-on")));
  await place.upload(name, "defers.py", deferringDag);
  for (const dagId of ["history", "scheduled", "waits", "defers"])
    await until(`${dagId} is known`, 90, async () => (await rows("select from dag where dag_id = $1", dagId)).length);
}, 300_000);
afterAll(() => place?.discard());

const live = () => liveDatabase(place.home.folder, environment.Hangar!.EnvironmentId);
const rows = async <Row extends object>(statement: string, ...values: readonly unknown[]) =>
  rowsOf<Row>(place.home.folder, await live(), statement, values);

const api = (method: string, path: string, body?: object) =>
  place.home.ok("api", name, method, path, ...(body ? ["--body", JSON.stringify(body)] : []));

/** Starts a run; version 2 of Airflow's API wants a date, version 1 wants none. */
async function start(dagId: string): Promise<string> {
  const isTwo = environment.AirflowVersion.startsWith("2.");
  await api("PATCH", `/dags/${dagId}`, { is_paused: false });
  const answer = await api("POST", `/dags/${dagId}/dagRuns`, isTwo ? { conf: {} } : { conf: {}, logical_date: null });
  return (JSON.parse(answer) as { dag_run_id: string }).dag_run_id;
}

const stateOfRun = async (dagId: string, runId: string) =>
  (await rows<{ state: string }>("select state from dag_run where dag_id = $1 and run_id = $2", dagId, runId))[0]
    ?.state;

const stateOfTask = async (dagId: string, runId: string) =>
  (
    await rows<{ state: string; try: number }>(
      `select state, try_number as "try" from task_instance where dag_id = $1 and run_id = $2`,
      dagId,
      runId,
    )
  )[0];

const succeeds = (dagId: string, runId: string, seconds = 120) =>
  until(`run ${runId} of ${dagId} succeeds`, seconds, async () => {
    const state = await stateOfRun(dagId, runId);
    if (state === "failed") throw new Error("it failed");
    return state === "success";
  });

/** What has ended: it can never change again, on either version. */
const history = async () => ({
  runs: await rows(
    "select dag_id, run_id, state, start_date, end_date from dag_run where state in ('success', 'failed') and dag_id not like E'\\\\_hangar%' order by 1, 2",
  ),
  tasks: await rows(
    "select dag_id, run_id, task_id, map_index, state, try_number, start_date, end_date from task_instance where state in ('success', 'failed', 'skipped') and dag_id not like E'\\\\_hangar%' order by 1, 2, 3, 4",
  ),
  variables: await rows("select key, val, is_encrypted from variable order by 1"),
  connections: await rows("select conn_id, host, login, password, is_encrypted from connection order by 1"),
  pools: await rows("select pool, slots from slot_pool order by 1"),
});
type History = Awaited<ReturnType<typeof history>>;

/** Whatever was there is there, unchanged; more may have come. */
function keeps(after: History, before: History): void {
  for (const [what, all] of Object.entries(before)) {
    const now = new Set(after[what as keyof History].map((row) => JSON.stringify(row)));
    const lost = all.map((row) => JSON.stringify(row)).filter((row) => !now.has(row));
    expect(lost, what).toEqual([]);
    expect(all.length, `there were ${what}`).toBeGreaterThan(0);
  }
}

/** Asks for the version with boto3, and watches it to its end. @param more members of the request, as Python has them */
async function upgrade(to: string, strategy: "FORCED" | "GRACEFUL", meanwhile?: () => Promise<void>, more = "") {
  await place.home.boto3(
    `print(json.dumps(boto3.client("mwaa").update_environment(Name="${name}", AirflowVersion="${to}", WorkerReplacementStrategy="${strategy}"${more})["Arn"]))`,
  );
  const [watched] = await Promise.all([versionChangeEnds(place, name), meanwhile?.()]);
  environment = watched.ended;
  return watched;
}

const begins = (step: string) => stepBegins(place, name, step);

/** Neither databases, queues nor services of another generation than the live one, but for sealed databases. */
async function onlyOneGeneration(snapshots: number): Promise<void> {
  await noOrphans(place, name);
  expect((await place.environment(name)).Hangar!.Snapshots ?? []).toHaveLength(snapshots);
}

const cannotBeUpgraded = { Status: "UPDATE_FAILED", AirflowVersion: "2.11.2", LastUpdate: { Status: "FAILED" } };

describe("an environment of Airflow 2.10.3 with a history", () => {
  it("runs DAGs, keeps a secret, schedules", async () => {
    await api("POST", "/variables", { key: "city", value: "Bern" });
    await api("POST", "/connections", {
      connection_id: "warehouse",
      conn_type: "http",
      host: "db.example",
      password: "s3cret",
    });
    await api("POST", "/pools", { name: "narrow", slots: 3 });
    await succeeds("history", await start("history"));
    await api("PATCH", "/dags/scheduled", { is_paused: false });
    await until("a scheduled run succeeded", 150, async () => (await scheduledRuns()) > 0);
  });

  let before: History;
  let deferred: string;

  it("is brought to 2.11.2, GRACEFUL: a task that runs finishes on its first try, one that waits for a trigger goes on", async () => {
    const waiting = await start("waits");
    await until("it is at work", 60, async () => (await stateOfTask("waits", waiting))?.state === "running");
    deferred = await start("defers");
    await until("it is deferred", 60, async () => (await stateOfTask("defers", deferred))?.state === "deferred");
    before = await history();
    const { seen, ended } = await upgrade("2.11.2", "GRACEFUL", async () => {
      await begins("pause-scheduling");
      writeFileSync(join(place.scratch, "go-on"), "");
    });
    expect(ended).toMatchObject({ Status: "AVAILABLE", AirflowVersion: "2.11.2", LastUpdate: { Status: "SUCCESS" } });
    expect(seen).toEqual(["UPDATING", "CREATING_SNAPSHOT", "UPDATING", "AVAILABLE"]);
    keeps(await history(), before);
    expect(await stateOfTask("waits", waiting)).toMatchObject({ state: "success", try: 1 });
    await succeeds("defers", deferred, 240);
    await onlyOneGeneration(1);
  }, 600_000);

  it("schedules, runs and shows its history as before", async () => {
    const runs = await scheduledRuns();
    await until("scheduling goes on", 150, async () => (await scheduledRuns()) > runs);
    await succeeds("history", await start("history"));
    expect(JSON.parse(await api("GET", "/variables/city"))).toMatchObject({ value: "Bern" });
  });
});

describe("its upgrade to 3.3.1", () => {
  let before: History;
  let left: string;

  it("is rehearsed beside what runs, and a snapshot is asked for: nothing of it stops, and nothing of either is left", async () => {
    const services = await tasksStartedAt(place, environment);
    const told = await place.home.ok("upgrade", "rehearse", name, "--to", "3.3.1", "--json");
    expect(JSON.parse(told)).toMatchObject({ Status: "DONE", Rehearse: true, Blocking: 0 });
    const snapshot = (await place.home.ok("snapshot", "create", name)).trim();
    expect(await place.environment(name)).toMatchObject({
      Status: "AVAILABLE",
      Hangar: { Snapshots: [{ Name: snapshot, AirflowVersion: "2.11.2" }, { AirflowVersion: "2.10.3" }] },
    });
    expect(await tasksStartedAt(place, environment)).toEqual(services);
    await place.home.ok("snapshot", "delete", name, snapshot, "--yes");
    await until("it is dropped", 60, async () => (await place.environment(name)).Hangar!.Snapshots?.length === 1);
    await onlyOneGeneration(1);
  }, 400_000);

  it("cancelled while it waits for a task that runs: that goes on as if nothing had been, on its first try", async () => {
    rmSync(join(place.scratch, "go-on"));
    const waiting = await start("waits");
    await until("it is at work", 60, async () => (await stateOfTask("waits", waiting))?.state === "running");
    const { seen, ended } = await upgrade("3.3.1", "GRACEFUL", async () => {
      await begins("pause-scheduling");
      await place.home.ok("op", "cancel", name, (await newestOperation(place, name)).OperationId, "--no-wait");
    });
    expect(ended).toMatchObject(cannotBeUpgraded);
    expect(seen).toEqual(["UPDATING", "ROLLING_BACK", "UPDATE_FAILED"]);
    writeFileSync(join(place.scratch, "go-on"), "");
    await succeeds("waits", waiting);
    expect(await stateOfTask("waits", waiting)).toMatchObject({ state: "success", try: 1 });
  }, 600_000);

  let resting: EveryRow;

  it("with PostgreSQL killed under the migration ends UPDATE_FAILED on 2.11.2, every row as it was", async () => {
    await api("PATCH", "/dags/scheduled", { is_paused: true });
    await until("nothing is under way", 120, async () => {
      const unfinished = await rows("select from dag_run where state in ('queued', 'running')");
      return unfinished.length === 0;
    });
    resting = await everyRowOf(place.home.folder, await live());
    const { seen, ended } = await upgrade("3.3.1", "FORCED", async () => {
      const { EnvironmentId: environmentId } = environment.Hangar!;
      await until("the migration runs", 240, () =>
        place.home.processes(environmentId).some(({ command }) => command.includes("migrate-copy")),
      );
      for (const one of processesOf({ home: place.home, environmentId }, "PostgreSQL")) killProcess(one, "SIGKILL");
    });
    expect(ended).toMatchObject(cannotBeUpgraded);
    expect(seen).toEqual(["UPDATING", "CREATING_SNAPSHOT", "UPDATING", "ROLLING_BACK", "UPDATE_FAILED"]);
    await asItWas(resting);
  }, 600_000);

  it("with an option 3.3.1 cannot read ends UPDATE_FAILED long before its deadline, with the reason, every row as it was", async () => {
    const more = ', AirflowConfigurationOptions={"core.parallelism": "plenty"}';
    const { ended } = await upgrade("3.3.1", "FORCED", undefined, more);
    expect(ended).toMatchObject(cannotBeUpgraded);
    expect(ended.LastUpdate!.Error!.ErrorMessage).toMatch(/keeps ending \(\d restarts so far\)/);
    await asItWas(resting);
    await api("PATCH", "/dags/scheduled", { is_paused: false });
    const runs = await scheduledRuns();
    await until("scheduling goes on", 180, async () => (await scheduledRuns()) > runs);
    await succeeds("history", await start("history"));
  }, 600_000);

  it("FORCED, the region killed at the copy and after the commit, ends the task that runs, lists it, and has it run again on 3.3.1 though it had no retries", async () => {
    left = await start("sleeps");
    await until("it is at work", 60, async () => (await stateOfTask("sleeps", left))?.state === "running");
    before = await history();
    const { seen, ended } = await upgrade("3.3.1", "FORCED", async () => {
      for (const step of ["copy-database", "open-environment"]) {
        await begins(step);
        process.kill(place.home.regionPid(), "SIGKILL");
        await place.home.ok("up");
      }
    });
    expect(ended).toMatchObject({ Status: "AVAILABLE", AirflowVersion: "3.3.1", LastUpdate: { Status: "SUCCESS" } });
    expect(seen).toEqual(["UPDATING", "CREATING_SNAPSHOT", "UPDATING", "AVAILABLE"]);
    keeps(await history(), before);
    const listed = await place.home.ok("op", "get", name, (await newestOperation(place, name)).OperationId);
    expect(listed).toContain("sleeps");
    await succeeds("sleeps", left, 180);
    expect(await stateOfTask("sleeps", left)).toMatchObject({ state: "success", try: 2 });
    await onlyOneGeneration(2);
  }, 600_000);

  it("schedules, runs a DAG, decrypts its secret and shows what it was", async () => {
    const runs = await scheduledRuns();
    await until("scheduling goes on", 150, async () => (await scheduledRuns()) > runs);
    await succeeds("history", await start("history"));
    expect(JSON.parse(await api("GET", "/variables/city"))).toMatchObject({ value: "Bern" });
    expect(environment.Hangar).toMatchObject({
      Snapshots: [{ AirflowVersion: "2.11.2" }, { AirflowVersion: "2.10.3" }],
    });
  });

  it("is brought back to 2.11.2 by its snapshot: what was there then is there, DAGs run, and 3.3.1 is kept in its turn", async () => {
    const [newest] = environment.Hangar!.Snapshots!;
    const told = await place.home.ok("snapshot", "restore", name, newest!.Name, "--dry-run");
    expect(told).toMatch(/\d+ DAG runs? and \d+ task instances?/);
    await place.home.ok("snapshot", "restore", name, newest!.Name, "--yes");
    environment = await place.environment(name);
    expect(environment).toMatchObject({
      Status: "AVAILABLE",
      AirflowVersion: "2.11.2",
      Hangar: { Snapshots: [{ AirflowVersion: "3.3.1" }, { AirflowVersion: "2.11.2" }, { AirflowVersion: "2.10.3" }] },
    });
    keeps(await history(), before);
    await onlyOneGeneration(3);
    await succeeds("history", await start("history"));
  }, 400_000);

  it("deleted without a last snapshot, leaves no database, no snapshot and nothing else", async () => {
    await place.home.ok("env", "delete", name, "--no-snapshot");
    await environmentLeavesNothing(place.home, environment);
    expect(await databasesOf(place.home.folder, environment.Hangar!.EnvironmentId)).toEqual([]);
  });
});

/** Row for row, but for what a living Airflow writes by itself; and nothing of the other generation is left. */
async function asItWas(before: EveryRow): Promise<void> {
  expect(countOf(before, "task_instance")).toBeGreaterThan(0);
  await until("every row is as it was", 60, async () => {
    const found = differences(before, await everyRowOf(place.home.folder, await live()));
    if (found.length > 0) throw new Error(found.join("; "));
    return true;
  });
  await onlyOneGeneration(1);
}

const countOf = (all: EveryRow, table: string): number => all.get(table)?.length ?? 0;

const scheduledRuns = async () =>
  (
    await rows<{ count: number }>(
      "select count(*)::int as count from dag_run where dag_id = 'scheduled' and state = 'success'",
    )
  )[0]!.count;
