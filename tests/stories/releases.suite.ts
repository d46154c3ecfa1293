// Uploads as releases, as a team that shares a bucket meets them: good ones, broken ones, very broken ones, and back.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import type { AirflowClient } from "../../cli/airflow-client.ts";
import { dagVisible, runSucceeds, signIn, stateOf, trigger, waiterDag } from "./support/airflow.ts";
import { until } from "./support/hangar.ts";
import type { Place } from "./support/place.ts";

interface Sync {
  readonly Release: { readonly Id: string; readonly Number: number };
  readonly Candidate: object | null;
  readonly Files: readonly SyncFile[];
  readonly Tasks: readonly { readonly Role: string; readonly Release: { readonly Id: string } | null }[];
  readonly Problems: readonly string[];
}
interface SyncFile {
  readonly Path: string;
  readonly State: string;
  readonly DagIds: readonly string[];
  readonly Held: { readonly Reason: string } | null;
  readonly Error: { readonly Message: string; readonly Line: number | null; readonly Traceback: string } | null;
}

export function releases(place: () => Place): void {
  let airflow: AirflowClient;
  const sync = () => place().call<Sync>("GET", "/environments/first/sync");
  const releaseNumber = async () => (await sync()).Release.Number;
  const fileOf = async (path: string) => (await sync()).Files.find((file) => file.Path === path);
  const upload = (name: string, text: string) => place().upload("first", name, text);
  const described = (dagId: string, description: string) =>
    until(`${dagId} says ${description}`, 40, async () => {
      const dag = await airflow.get<{ description: string }>(`/dags/${dagId}`);
      return dag?.description === description;
    });
  /** The bucket as it is now has been checked, and what is to be served is live on every task. */
  const settled = (after: number) =>
    until(`a release after ${after}, on every task`, 60, async () => {
      const now = await sync();
      return now.Candidate === null &&
        now.Release.Number > after &&
        now.Tasks.every((task) => task.Release?.Id === now.Release.Id)
        ? now
        : undefined;
    });

  beforeAll(async () => {
    airflow = await signIn(place().home, "first");
  });

  it("a good upload is live within seconds, on every task at once", async () => {
    const before = await releaseNumber();
    await upload("team_a.py", dagFile("team_a", "good"));
    const now = await settled(before);
    expect(new Set(now.Tasks.map((task) => task.Release?.Id))).toEqual(new Set([now.Release.Id]));
    await dagVisible(airflow, "team_a");
    await until("Airflow parsed it", 30, async () => (await fileOf("team_a.py"))?.State === "LIVE");
    expect(await fileOf("team_a.py")).toMatchObject({ DagIds: ["team_a"], Held: null, Error: null });
  });

  it("a broken upload takes nothing away: the last good bytes are served, the error has file and line", async () => {
    await upload("team_a.py", `${dagFile("team_a", "broken")}\nundefined_name\n`);
    const held = await until("team_a.py held", 60, async () => {
      const file = await fileOf("team_a.py");
      return file?.Held ? file : undefined;
    });
    expect(held).toMatchObject({ State: "HELD", Error: { Line: dagFile("team_a", "broken").split("\n").length + 1 } });
    expect(held.Error!.Message).toContain("NameError");
    expect(held.Error!.Traceback).toContain("team_a.py");
    const runId = await trigger(airflow, "team_a");
    await runSucceeds(airflow, "team_a", runId);
    const errors = await place().home.hangar("dag", "errors", "first");
    expect(errors.stdout).toMatch(/team_a\.py:\d+/);
    expect(errors.stdout).toContain("NameError");
  });

  it("blocks nobody else: another team's file in the same bucket goes live beside it", async () => {
    const before = await releaseNumber();
    await upload("team_b.py", dagFile("team_b", "beside a broken one"));
    await settled(before);
    await described("team_b", "beside a broken one");
    expect((await fileOf("team_a.py"))?.State).toBe("HELD");
    await upload("team_a.py", dagFile("team_a", "mended"));
    await described("team_a", "mended");
    expect((await fileOf("team_a.py"))?.Held).toBeNull();
  });

  it("a helper module that breaks the DAGs that import it is held as well, and so is its deletion", async () => {
    await upload("shared_names.py", 'NAME = "helper one"\n');
    await upload("team_c.py", `from shared_names import NAME\n\n${dagFile("team_c", "uses a helper")}`);
    await dagVisible(airflow, "team_c");
    const before = (await sync()).Release;
    await upload("shared_names.py", "raise RuntimeError('half an edit')\n");
    await until("the helper held", 60, async () => (await fileOf("shared_names.py"))?.Held);
    await place().home.ok("exec", "--", "aws", "s3", "rm", "s3://hangar-first/dags/shared_names.py");
    await until(
      "the deletion held",
      60,
      async () => (await fileOf("shared_names.py"))?.Held && (await sync()).Candidate === null,
    );
    expect((await sync()).Release.Id).toBe(before.Id);
    await runSucceeds(airflow, "team_c", await trigger(airflow, "team_c"));
    await place().home.ok("exec", "--", "aws", "s3", "rm", "s3://hangar-first/dags/team_c.py");
    await until("both gone", 60, async () => !(await fileOf("shared_names.py")) && !(await fileOf("team_c.py")));
  });

  it("files that end the interpreter, never end, or want all memory harm only their own check", async () => {
    const before = await releaseNumber();
    const zoo = {
      "exits.py": "import sys\nfrom airflow.sdk import dag\nsys.exit(3)\n",
      "loops.py": "from airflow.sdk import dag\nwhile True:\n    pass\n",
      "eats.py": "from airflow.sdk import dag\nhoard = bytearray(2_000_000_000)\n",
      "team_d.py": dagFile("team_d", "in bad company"),
    };
    const folder = mkdtempSync(join(place().scratch, "zoo-"));
    for (const [name, text] of Object.entries(zoo)) writeFileSync(join(folder, name), text);
    await place().home.ok("exec", "--", "aws", "s3", "cp", "--recursive", folder, "s3://hangar-first/dags/");
    await until("a release", 150, async () => (await releaseNumber()) > before && (await sync()).Candidate === null);
    await dagVisible(airflow, "team_d", 90);
    for (const name of ["exits.py", "loops.py", "eats.py"])
      await place().home.ok("exec", "--", "aws", "s3", "rm", `s3://hangar-first/dags/${name}`);
    await runSucceeds(airflow, "team_d", await trigger(airflow, "team_d"));
  });

  it("a run keeps the release it was started with, also when another one goes live and its task's process is new", async () => {
    const gate = join(place().scratch, "gate");
    await upload("pinned.py", pinnedDag("old", gate));
    await dagVisible(airflow, "pinned");
    const runId = await trigger(airflow, "pinned");
    await until("its first task runs", 60, async () => (await stateOf(airflow, "pinned", runId)) === "running");
    await upload("pinned.py", pinnedDag("new", gate));
    await described("pinned", "new");
    writeFileSync(gate, "");
    await runSucceeds(airflow, "pinned", runId);
    expect(await returned(airflow, "pinned", runId, "second")).toBe("old");
    const next = await trigger(airflow, "pinned");
    await runSucceeds(airflow, "pinned", next);
    expect(await returned(airflow, "pinned", next, "second")).toBe("new");
    rmSync(gate);
  });

  it("500 files copied at once are one release, or few, and all of them are there", async () => {
    const before = await releaseNumber();
    const folder = mkdtempSync(join(place().scratch, "many-"));
    mkdirSync(join(folder, "many"));
    for (let file = 0; file < 500; file++)
      writeFileSync(join(folder, "many", `module_${file}.py`), `VALUE = ${file}\n`);
    await place().home.ok("exec", "--", "aws", "s3", "cp", "--recursive", folder, "s3://hangar-first/dags/");
    const now = await until("all live", 90, async () => {
      const seen = await sync();
      const here = seen.Files.filter(({ Path }) => Path.startsWith("many/"));
      return here.length === 500 && seen.Candidate === null ? seen : undefined;
    });
    expect(now.Release.Number - before).toBeLessThanOrEqual(4);
    await place().home.ok("exec", "--", "aws", "s3", "rm", "--recursive", "s3://hangar-first/dags/many/");
    await until("gone again", 60, async () => !(await sync()).Files.some(({ Path }) => Path.startsWith("many/")));
  });

  it("is rolled back in seconds, which holds until the next change", async () => {
    await upload("team_b.py", dagFile("team_b", "a mistake"));
    await described("team_b", "a mistake");
    const list = JSON.parse(await place().home.ok("release", "list", "first", "--json")) as {
      Number: number;
      State: string;
    }[];
    const [live, earlier] = list.filter(({ State }) => State === "LIVE" || State === "REPLACED");
    await place().home.ok("release", "rollback", "first", String(earlier!.Number));
    await until("team_b is back", 30, async () => {
      const dag = await airflow.get<{ description: string }>("/dags/team_b");
      return dag && dag.description !== "a mistake";
    });
    expect(await releaseNumber()).toBeGreaterThan(live!.Number);
    await upload("team_b.py", dagFile("team_b", "mended"));
    await described("team_b", "mended");
  });

  it("a bucket that is gone is said; Airflow runs on, and the bucket made again is used again", async () => {
    const folder = mkdtempSync(join(place().scratch, "saved-"));
    await place().home.ok("exec", "--", "aws", "s3", "cp", "--recursive", "s3://hangar-first/dags/", folder);
    await place().home.boto3(`
bucket = boto3.resource("s3").Bucket("hangar-first")
bucket.object_versions.delete(); bucket.delete()
print("{}")`);
    await until("the problem is said", 60, async () =>
      (await sync()).Problems.some((one) => one.includes("does not exist")),
    );
    await runSucceeds(airflow, "team_b", await trigger(airflow, "team_b"));
    await place().home.boto3(`
s3 = boto3.client("s3"); s3.create_bucket(Bucket="hangar-first")
s3.put_bucket_versioning(Bucket="hangar-first", VersioningConfiguration={"Status": "Enabled"})
print("{}")`);
    await place().home.ok("exec", "--", "aws", "s3", "cp", "--recursive", folder, "s3://hangar-first/dags/");
    await upload("team_e.py", dagFile("team_e", "after the bucket came back"));
    await dagVisible(airflow, "team_e", 90);
    expect((await sync()).Problems).toEqual([]);
  });

  it("kill -9 of the scheduler's agent during a check ends where an undisturbed one would", async () => {
    const before = await releaseNumber();
    await upload("slow.py", `import time\ntime.sleep(4)\n${dagFile("slow", "slow to import")}`);
    await until("the check is under way", 30, async () => (await sync()).Candidate);
    const agent = place()
      .home.processes()
      .find((one) => one.command.includes("hangar_agent run --role scheduler"));
    process.kill(agent!.pid, "SIGKILL");
    await until("it went live", 150, async () => (await releaseNumber()) > before && (await sync()).Candidate === null);
    await dagVisible(airflow, "slow", 90);
  });
}

/** What a task handed back. */
async function returned(airflow: AirflowClient, dagId: string, runId: string, task: string): Promise<unknown> {
  const path = `/dags/${dagId}/dagRuns/${encodeURIComponent(runId)}/taskInstances/${task}/xcomEntries/return_value`;
  const value = (await airflow.get<{ value: unknown }>(path))?.value;
  return typeof value === "string" ? value.replaceAll('"', "") : value;
}

const dagFile = (dagId: string, description: string): string => `from datetime import datetime

from airflow.sdk import dag, task


@dag(dag_id="${dagId}", description="${description}", schedule=None, start_date=datetime(2024, 1, 1), catchup=False)
def work():
    @task(retries=0)
    def one():
        return "${description}"

    one()


work()`;

/** Two tasks, the first of which waits for a file; the second says which version of the file it is from. */
const pinnedDag = (version: string, gate: string): string =>
  waiterDag("pinned", gate)
    .replace("schedule=None", `description="${version}", schedule=None`)
    .replace(
      "    wait()\n\n\nwaiter()",
      `    @task
    def second():
        return "${version}"

    wait() >> second()


waiter()`,
    );
