// One region, one environment, used as its user would, then killed in every way. Real Airflow, PostgreSQL, Celery, boto3
// and AWS CLI.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { identityOf, isAlive } from "../../local/process-identity.ts";
import { dagVisible, optionDag, runSucceeds, signIn, sleeperDag, stateOf, trigger } from "./support/airflow.ts";
import type { Environment } from "../../cli/environments.ts";
import { environmentLeavesNothing } from "./support/leftovers.ts";
import { type Home, until } from "./support/hangar.ts";
import { freshPlace, type Place } from "./support/place.ts";

let place: Place;
let home: Home;

interface Wire {
  readonly Environment: {
    readonly Status: string;
    readonly LastUpdate?: object;
    readonly WebserverUrl: string;
  };
}

beforeAll(() => {
  place = freshPlace("cold");
  home = place.home;
});
afterAll(() => place.discard());

const upload = (name: string, text: string) => place.upload("demo", name, text);

describe("the main job", () => {
  it("goes from nothing to a finished DAG run through scheduler, SQS and a Celery worker", async () => {
    const text = await home.ok("demo", "--json");
    expect(JSON.parse(text.trim().split("\n").at(-1)!)).toMatchObject({
      outcome: "success",
      environment: "demo",
      airflowVersion: "3.3.1",
      seconds: {
        install: expect.any(Number),
        create: expect.any(Number),
        dagVisible: expect.any(Number),
        dagRun: expect.any(Number),
      },
    });
  });

  it("run again, finds what is there and does not start from zero", async () => {
    const ended = await home.hangar("demo", "--json");
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain("was running");
    expect(JSON.parse(ended.stdout.trim().split("\n").at(-1)!).seconds.create).toBeLessThan(10);
  });

  it("answers unmodified boto3: get, list, errors and their types", async () => {
    const seen = await home.boto3<Record<string, unknown>>(`
from botocore.exceptions import ClientError
mwaa = boto3.client("mwaa")
got = mwaa.get_environment(Name="demo")["Environment"]
errors = {}
def refuse(key, call):
    try: call(); errors[key] = "no error"
    except ClientError as error: errors[key] = [error.response["Error"]["Code"], error.response["Error"]["Message"], error.response["ResponseMetadata"]["HTTPStatusCode"]]
base = dict(DagS3Path="dags", ExecutionRoleArn="arn:aws:iam::000000000000:role/x", NetworkConfiguration={"SubnetIds": ["subnet-a", "subnet-b"], "SecurityGroupIds": ["sg-a"]}, SourceBucketArn="arn:aws:s3:::hangar-demo")
refuse("missing", lambda: mwaa.get_environment(Name="nope"))
refuse("duplicate", lambda: mwaa.create_environment(Name="demo", **base))
refuse("name", lambda: mwaa.create_environment(Name="9lives", **base))
refuse("bucket", lambda: mwaa.create_environment(Name="other", **{**base, "SourceBucketArn": "arn:aws:s3:::no-such-bucket"}))
s3 = boto3.client("s3"); s3.create_bucket(Bucket="plain"); s3.create_bucket(Bucket="open")
s3.put_bucket_versioning(Bucket="open", VersioningConfiguration={"Status": "Enabled"}); s3.delete_public_access_block(Bucket="open")
refuse("unversioned", lambda: mwaa.create_environment(Name="other", **{**base, "SourceBucketArn": "arn:aws:s3:::plain"}))
refuse("public", lambda: mwaa.create_environment(Name="other", **{**base, "SourceBucketArn": "arn:aws:s3:::open"}))
refuse("version", lambda: mwaa.create_environment(Name="other", AirflowVersion="1.10.12", **base))
print(json.dumps({"status": got["Status"], "created": got["CreatedAt"].year, "list": mwaa.list_environments()["Environments"], "errors": errors}))
`);
    expect(seen).toMatchObject({ status: "AVAILABLE", created: new Date().getFullYear(), list: ["demo"] });
    expect(seen["errors"]).toMatchObject({
      missing: ["ResourceNotFoundException", expect.stringContaining("No environment named nope"), 404],
      duplicate: ["ValidationException", expect.stringContaining("already exists"), 400],
      name: ["ValidationException", expect.stringContaining("regular expression"), 400],
      bucket: ["ValidationException", expect.stringContaining("does not exist"), 400],
      unversioned: ["ValidationException", expect.stringContaining("Versioning is not enabled"), 400],
      public: ["ValidationException", expect.stringContaining("BlockPublicAccess"), 400],
      version: ["ValidationException", expect.stringContaining("not offered"), 400],
    });
  });

  it("serves a new DAG file and then a changed one soon after their upload", async () => {
    const airflow = await signIn(home, "demo");
    await upload("changing.py", sleeperDag("changing_one", 0));
    await dagVisible(airflow, "changing_one", 30);
    await upload("changing.py", sleeperDag("changing_two", 0));
    await dagVisible(airflow, "changing_two", 30);
  });

  it("keeps the canary out of the lists people see", async () => {
    const airflow = await signIn(home, "demo");
    const { dags } = (await airflow.get<{ dags: { dag_id: string }[] }>("/dags?limit=100"))!;
    expect(dags.map((dag) => dag.dag_id)).toContain("hello_hangar");
    expect(dags.map((dag) => dag.dag_id).filter((id) => id.startsWith("_hangar"))).toEqual([]);
  });

  it("lets nobody in without a token, and knows no password", async () => {
    const { Environment } = await home.aws<Wire>("mwaa", "get-environment", "--name", "demo");
    const url = `http://${Environment.WebserverUrl}`;
    expect((await fetch(`${url}/api/v2/dags`)).status).toBe(401);
    const byPassword = await fetch(`${url}/auth/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "admin", password: "admin" }),
    });
    expect(byPassword.status).toBe(405);
  });
});

describe("kill -9", () => {
  it("of the region: the run in flight goes on, the next up finds everything, no acknowledged write is lost", async () => {
    const airflow = await signIn(home, "demo");
    await upload("sleeper.py", sleeperDag("sleeper", 12));
    await dagVisible(airflow, "sleeper");
    const runId = await trigger(airflow, "sleeper");
    await until("the task runs", 60, async () => (await stateOf(airflow, "sleeper", runId)) === "running");
    await home.ok("exec", "--", "aws", "s3", "cp", join(place.scratch, "sleeper.py"), "s3://hangar-demo/kept.py");
    const tasks = airflowPids(home);
    process.kill(home.regionPid(), "SIGKILL");
    await home.ok("up");
    await runSucceeds(airflow, "sleeper", runId);
    for (const pid of tasks) expect(isAliveNow(pid), `process ${pid} was adopted, not restarted`).toBe(true);
    const listed = await home.aws<{ Contents: { Key: string }[] }>(
      "s3api",
      "list-objects-v2",
      "--bucket",
      "hangar-demo",
      "--prefix",
      "kept.py",
    );
    expect(listed.Contents.map((object) => object.Key)).toEqual(["kept.py"]);
  });

  it("of PostgreSQL and the load balancer: back, and Airflow with them", async () => {
    for (const name of ["bin/postgres -D", "loadbalancer/main.ts"]) {
      const found = home.processes().find((one) => one.command.includes(name));
      expect(found, name).toBeDefined();
      process.kill(found!.pid, "SIGKILL");
    }
    const airflow = await until("Airflow answers again", 90, async () => {
      const client = await signIn(home, "demo");
      return (await client.get("/dags/hello_hangar")) ? client : undefined;
    });
    const runId = await trigger(airflow, "hello_hangar");
    await runSucceeds(airflow, "hello_hangar", runId);
  });

  it("of an Airflow process and of an agent: restarted, and a run succeeds", async () => {
    const scheduler = home
      .processes()
      .find((one) => /airflow.*scheduler/.test(one.command) && !one.command.includes("hangar_agent"));
    const agent = home.processes().find((one) => one.command.includes("hangar_agent run --role worker"));
    expect(scheduler).toBeDefined();
    expect(agent).toBeDefined();
    process.kill(scheduler!.pid, "SIGKILL");
    process.kill(agent!.pid, "SIGKILL");
    await until("a new worker agent", 60, () =>
      home.processes().some((one) => one.command.includes("hangar_agent run --role worker") && one.pid !== agent!.pid),
    );
    const airflow = await signIn(home, "demo");
    const runId = await trigger(airflow, "hello_hangar");
    await runSucceeds(airflow, "hello_hangar", runId, 180);
  });
});

describe("down and up", () => {
  it("down leaves no process; up starts again what ran, with its history", async () => {
    await home.ok("down");
    expect(home.processes()).toEqual([]);
    await home.ok("up");
    const airflow = await until("Airflow is back", 120, () => signIn(home, "demo"));
    const runs = await airflow.get<{ total_entries: number }>("/dags/hello_hangar/dagRuns");
    expect(runs!.total_entries).toBeGreaterThanOrEqual(3);
    const runId = await trigger(airflow, "hello_hangar");
    await runSucceeds(airflow, "hello_hangar", runId, 180);
  });
});

describe("delete", () => {
  it("leaves no process, database, queue, secret, folder or open address of the environment; the bucket stays", async () => {
    const demo = JSON.parse(await home.ok("env", "get", "demo")) as Environment;
    await home.ok("env", "delete", "demo", "--no-snapshot");
    expect(
      home.processes().filter((one) => one.command.includes("airflow") || one.command.includes("hangar_agent")),
    ).toEqual([]);
    await environmentLeavesNothing(home, demo);
    await until("task and log folders gone", 20, () => {
      const left = ["engines/ecs/tasks", "task-logs"].flatMap((folder) =>
        readdirSync(join(home.folder, folder), { recursive: true, encoding: "utf8" }),
      );
      if (left.length) throw new Error(left.slice(0, 20).join(" "));
      return true;
    });
    const buckets = await home.aws<{ Buckets: { Name: string }[] }>("s3api", "list-buckets");
    expect(buckets.Buckets.map((bucket) => bucket.Name)).toContain("hangar-demo");
  });

  it("frees the name: created by hand with the AWS CLI, interrupted by kill -9, it still becomes AVAILABLE", async () => {
    const request = [
      "mwaa create-environment --name demo --source-bucket-arn arn:aws:s3:::hangar-demo --dag-s3-path dags",
      "--execution-role-arn arn:aws:iam::000000000000:role/x",
      "--network-configuration SubnetIds=subnet-a,subnet-b,SecurityGroupIds=sg-a",
      "--airflow-configuration-options core.default_task_retries=3",
    ];
    await home.aws(...request.join(" ").split(" "));
    await new Promise((resolve) => setTimeout(resolve, 1500)); // somewhere in the middle of the ladder
    process.kill(home.regionPid(), "SIGKILL");
    await home.ok("up");
    await until("AVAILABLE after the interruption", 150, async () => {
      const { Environment } = await home.aws<Wire>("mwaa", "get-environment", "--name", "demo");
      if (Environment.Status === "CREATE_FAILED") throw new Error(JSON.stringify(Environment.LastUpdate));
      return Environment.Status === "AVAILABLE";
    });
    const airflow = await signIn(home, "demo");
    await dagVisible(airflow, "hello_hangar");
    await upload("option.py", optionDag("reads_option", "core", "default_task_retries", "3"));
    await dagVisible(airflow, "reads_option");
    const runId = await trigger(airflow, "reads_option");
    await runSucceeds(airflow, "reads_option", runId);
  });

  it("interrupted by kill -9, still completes", async () => {
    await home.ok("env", "delete", "demo", "--no-wait");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    process.kill(home.regionPid(), "SIGKILL");
    await home.ok("up");
    await until(
      "gone after the interruption",
      120,
      async () => (await home.aws<{ Environments: string[] }>("mwaa", "list-environments")).Environments.length === 0,
    );
  });

  it("leaves the database for a week as a snapshot, which goes when it is dropped, with its secret", async () => {
    const secrets = async () =>
      (await home.aws<{ SecretList: { Name: string }[] }>("secretsmanager", "list-secrets")).SecretList.map(
        ({ Name }) => Name,
      );
    const [last, ...others] = JSON.parse(await home.ok("snapshot", "list", "--json")) as { Name: string }[];
    expect(others).toEqual([]);
    expect(last).toMatchObject({
      Environment: "demo",
      Final: true,
      Restorable: true,
      Release: { Number: expect.any(Number) },
    });
    expect(await secrets()).toContain(`hangar/snapshots/${last!.Name}`);
    await home.ok("snapshot", "delete", last!.Name, "--yes");
    expect(JSON.parse(await home.ok("snapshot", "list", "--json"))).toEqual([]);
    expect((await secrets()).filter((name) => name.includes("snapshots"))).toEqual([]);
  });
});

const airflowPids = (of: Home): number[] =>
  of
    .processes()
    .filter((one) => one.command.includes("hangar_agent run"))
    .map((one) => one.pid);

function isAliveNow(pid: number): boolean {
  const identity = identityOf(pid);
  return identity !== undefined && isAlive(identity);
}
