// The first environment on bad days: no Python, `down` in the middle of its create, a second home beside it, DAG files
// taken away, too little memory. Real Airflow, and as few environments as will do.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dagVisible, signIn } from "./support/airflow.ts";
import { type Commands, type Ended, freshHome, type Home, nothingRuns, until } from "./support/hangar.ts";
import { freshPlace, type Place } from "./support/place.ts";

let place: Place;
let home: Home;
let neighbour: Home;
let scratch: string;

const names = async (of: Commands): Promise<string[]> =>
  (JSON.parse(await of.ok("env", "list", "--json")) as { Name: string }[]).map((one) => one.Name);
const buckets = async (of: Commands): Promise<string[]> =>
  (await of.aws<{ Buckets: { Name: string }[] }>("s3api", "list-buckets")).Buckets.map((bucket) => bucket.Name);

beforeAll(() => {
  place = freshPlace("cold");
  ({ home, scratch } = place);
  neighbour = freshHome();
});
afterAll(async () => {
  await place.discard();
  await neighbour.discard();
});

describe("no Python on PATH", () => {
  it("demo, image build and env create say which to install and leave nothing; with one, the image is built", async () => {
    const bare = join(scratch, "bare");
    mkdirSync(bare);
    symlinkSync(process.execPath, join(bare, "node"));
    const without = home.under({ environment: { PATH: bare, HANGAR_PYTHON: undefined } });
    const clear = (ended: Ended) => {
      expect(ended.code).toBe(1);
      expect(ended.stderr).toMatch(/Airflow 3\.3\.1 runs on Python 3\.1\d.*no Python 3\.11 or newer\. Install one/);
    };
    clear(await without.hangar("image", "build", "3.3.1"));
    const demo = await without.hangar("demo", "--json");
    clear(demo);
    expect(JSON.parse(demo.stdout.trim().split("\n").at(-1)!)).toMatchObject({ outcome: "failed" });
    await without.ok("up");
    clear(await without.hangar("env", "create", "first"));
    expect(await names(without)).toEqual([]);
    expect(await buckets(home)).toEqual(["hangar-control"]);
    await home.ok("down"); // a region looks for Pythons when it starts
    await home.ok("image", "build", "3.3.1");
  });
});

describe("down while the very first create migrates its template", () => {
  it("leaves no process; the next up goes on, and the create completes", async () => {
    await home.ok("up");
    await home.ok("env", "create", "first", "--no-wait");
    await until("the migration runs", 60, () => home.processes().some((one) => migrates(one.command)));
    await home.ok("down");
    expect(home.processes()).toEqual([]);
    await home.ok("up");
    const ended = await until("the create ended", 240, async () => {
      const seen = await place.environment("first");
      return seen.Status !== "CREATING" && seen;
    });
    expect(ended).toMatchObject({ Status: "AVAILABLE", LastUpdate: { Status: "SUCCESS" } });
  });
});

describe("DAG files in the bucket", () => {
  it("a deleted one's DAG is gone from Airflow, an overwritten one is served anew, a third stays", async () => {
    await upload("goes.py", dag("goes", "first"));
    await upload("changes.py", dag("changes", "first"));
    await upload("stays.py", dag("stays", "first"));
    const airflow = await signIn(home, "first");
    for (const dagId of ["goes", "changes", "stays"]) await dagVisible(airflow, dagId);
    await home.ok("exec", "--", "aws", "s3", "rm", "s3://hangar-first/dags/goes.py");
    await upload("changes.py", dag("changes", "second"));
    const served = () => airflow.get<{ dags: { dag_id: string; description: string }[] }>("/dags?order_by=dag_id");
    await until("what the bucket holds is what Airflow shows", 60, async () => {
      const now = (await served())!.dags.map((one) => `${one.dag_id} ${one.description}`);
      if (now.join() !== "changes second,stays first") throw new Error(now.join());
      return true;
    });
  });
});

describe("two homes side by side", () => {
  it("each has ports of its own and sees only its own buckets and environments", async () => {
    await neighbour.ok("up");
    const region = (of: Home) => JSON.parse(readFileSync(join(of.folder, "settings.json"), "utf8"));
    const [one, other] = [region(home), region(neighbour)];
    expect(new Set([one.port, one.webPort, other.port, other.webPort]).size).toBe(4);
    await neighbour.ok("exec", "--", "aws", "s3", "mb", "s3://only-next-door");
    expect(await buckets(neighbour)).toEqual(["hangar-control", "only-next-door"]);
    expect(await buckets(home)).toEqual(["hangar-control", "hangar-first"]);
    expect([await names(home), await names(neighbour)]).toEqual([["first"], []]);
  });

  it("down of one leaves every process of the other alive", async () => {
    const mine = pids(home);
    await neighbour.ok("down");
    await nothingRuns(neighbour);
    expect(pids(home)).toEqual(mine);
    expect(await signIn(home, "first")).toBeDefined();
    await neighbour.ok("up");
    const theirs = pids(neighbour);
    await home.ok("env", "delete", "first");
    await home.ok("down");
    await nothingRuns(home);
    expect(pids(neighbour)).toEqual(theirs);
    expect(await buckets(neighbour)).toContain("only-next-door");
    await neighbour.ok("down");
  });
});

describe.skipIf(process.getuid?.() !== 0)("too little memory (only root can change what the kernel says)", () => {
  it("create says so and is rolled back; with memory free, the next create works", async () => {
    const told = join(scratch, "meminfo");
    const says = (megabytes: number) =>
      writeFileSync(
        told,
        readFileSync("/proc/meminfo", "latin1").replace(/^MemAvailable:.*$/m, `MemAvailable: ${megabytes * 1024} kB`),
      );
    says(350); // less than one task of a service wants
    await home.under({ through: [...inOwnMounts, told] }).ok("up");
    const refused = await home.hangar("env", "create", "first");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("memory");
    expect(refused.stderr).toMatch(/fix: .*env delete first/);
    expect((await place.environment("first")).Status).toBe("CREATE_FAILED");
    expect(home.processes().filter((one) => one.command.includes("hangar_agent"))).toEqual([]);
    await home.ok("env", "delete", "first");
    says(8000);
    await home.ok("env", "create", "first");
    expect((await place.environment("first")).Status).toBe("AVAILABLE");
  });
});

/** Shows the command a file of the test's own as /proc/meminfo, in mounts nobody else sees. */
const inOwnMounts = [
  ...["unshare", "--mount", "--propagation", "private"],
  ...["sh", "-c", 'mount --bind "$0" /proc/meminfo && exec "$@"'],
];

const migrates = (command: string): boolean => /airflow.* db migrate|hangar_agent migrate/.test(command);

/** Of what stays: PostgreSQL's and Airflow's own children come and go. */
const pids = (of: Home): readonly number[] =>
  of
    .processes()
    .filter(({ command }) => /local\/|bin\/postgres -D|hangar_agent run/.test(command))
    .map((one) => one.pid);

const upload = (name: string, text: string): Promise<void> => place.upload("first", name, text);

const dag = (dagId: string, description: string): string => `from datetime import datetime

from airflow.sdk import DAG

with DAG("${dagId}", description="${description}", schedule=None, start_date=datetime(2024, 1, 1)):
    pass
`;
