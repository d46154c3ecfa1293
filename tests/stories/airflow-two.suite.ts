// Airflow 2.11.2 beside 3.3.1: used by its own REST API and from a DAG of the other environment, and deleted.
import { expect, it } from "vitest";
import type { Environment } from "../../cli/environments.ts";
import { failingDag, mailOptions, mailTo } from "./configuration.suite.ts";
import { dagVisible, runSucceeds, signIn, trigger } from "./support/airflow.ts";
import { until } from "./support/hangar.ts";
import { environmentLeavesNothing } from "./support/leftovers.ts";
import type { MailServer } from "./support/mail-server.ts";
import type { Place } from "./support/place.ts";

export function airflowTwo(place: () => Place, mail: () => MailServer): void {
  let second: Environment;

  it("becomes AVAILABLE in the same region", async () => {
    const options = JSON.stringify({ ...mailOptions(mail()), "mwaa.triggerer_enabled": "False" });
    const asked = ["--airflow-version", "2.11.2", "--airflow-configuration-options", options];
    await place().home.ok("env", "create", "second", ...asked);
    second = await place().environment("second");
    expect(second).toMatchObject({ Status: "AVAILABLE", AirflowVersion: "2.11.2" });
  });

  it("runs no triggerer where mwaa.triggerer_enabled is False, and is healthy without", () => {
    const running = place().home.processes(second.Hangar!.EnvironmentId);
    const runs = (component: string) => running.some(({ command }) => command.includes(` ${component}`));
    expect([runs("scheduler"), runs("dag-processor"), runs("triggerer")]).toEqual([true, true, false]);
  });

  it("runs a DAG from S3, asked to by InvokeRestApi, which speaks version 1 of Airflow's API with it", async () => {
    await place().upload("second", "work.py", workDag);
    const seen = await place().home.boto3<Record<string, unknown>>(`
import time
mwaa = boto3.client("mwaa")
def invoke(method, path, **more): return mwaa.invoke_rest_api(Name="second", Method=method, Path=path, **more)["RestApiResponse"]
def visible():
    try: return invoke("GET", "/dags/work")
    except mwaa.exceptions.RestApiClientException: return None
deadline = time.monotonic() + 90
while visible() is None and time.monotonic() < deadline: time.sleep(0.5)
invoke("PATCH", "/dags/work", Body={"is_paused": False})
run = invoke("POST", "/dags/work/dagRuns", Body={"conf": {}})
while (state := invoke("GET", "/dags/work/dagRuns/" + run["dag_run_id"])["state"]) in ("queued", "running") and time.monotonic() < deadline: time.sleep(0.5)
print(json.dumps({"state": state, "members": list(run)}))`);
    expect(seen).toMatchObject({ state: "success", members: expect.arrayContaining(["execution_date"]) }); // v2 has none
  });

  it("sends the mail of a task that failed to the server its smtp options name", async () => {
    await place().upload("second", "mails.py", failingDag("mails", "airflow.decorators", "team@second.example"));
    await until("the DAG is there", 90, async () => {
      const { code } = await place().home.hangar(
        "api",
        "second",
        "PATCH",
        "/dags/mails",
        "--body",
        '{"is_paused":false}',
      );
      return code === 0;
    });
    await place().home.ok("api", "second", "POST", "/dags/mails/dagRuns", "--body", '{"conf":{}}');
    expect((await mailTo(mail(), "team@second.example")).text).toContain("this task fails");
  });

  it("keeps the last good bytes of a file whose next upload is broken, and serves it when it is mended", async () => {
    interface File {
      readonly Path: string;
      readonly Held: object | null;
      readonly Error: { readonly Message: string } | null;
    }
    const file = async () => {
      const { Files } = await place().call<{ Files: File[] }>("GET", "/environments/second/sync");
      return Files.find(({ Path }) => Path === "work.py");
    };
    await place().upload("second", "work.py", `${workDag}\nundefined_name\n`);
    const held = await until("held", 60, async () => ((await file())?.Held ? await file() : undefined));
    expect(held?.Error?.Message).toContain("NameError");
    await place().upload("second", "work.py", workDag.replace("schedule=None", 'description="mended", schedule=None'));
    await until("mended", 90, async () => {
      const { description } = await place().home.boto3<{ description: string | null }>(`
answer = boto3.client("mwaa").invoke_rest_api(Name="second", Method="GET", Path="/dags/work")["RestApiResponse"]
print(json.dumps({"description": answer["description"]}))`);
      return description === "mended";
    });
    expect((await file())?.Held).toBeNull();
  });

  it("gives for a web login token a session of its REST API, once, and nothing without one", async () => {
    const web = `http://${second.WebserverUrl}`;
    const token = await webToken(place(), "second");
    const answer = await login(web, token);
    const session = answer.headers
      .getSetCookie()
      .map((line) => /^session=[^;]+/.exec(line)?.[0])
      .find(Boolean);
    const dags = await fetch(`${web}/api/v1/dags`, { headers: { cookie: session! } });
    expect(await dags.json()).toMatchObject({
      dags: expect.arrayContaining([expect.objectContaining({ dag_id: "work" })]),
    });
    expect((await login(web, token)).status).toBe(403);
    expect((await fetch(`${web}/api/v1/dags`)).status).toBe(403); // Airflow 2 says it so
  });

  it("refuses a token of another environment, as that one refuses its", async () => {
    const first = await place().environment("first");
    for (const [address, of] of [
      [second.WebserverUrl, "first"],
      [first.WebserverUrl, "second"],
    ] as const) {
      const refused = await login(`http://${address}`, await webToken(place(), of));
      expect([refused.status, refused.headers.getSetCookie()]).toEqual([401, []]); // signed with another key
    }
  });

  it("is triggered and watched by a DAG of the 3.3.1 environment, with the operator and sensor of Airflow's own provider", async () => {
    await place().call("PUT", "/environments/second/access", {
      Entries: [
        { Principal: "arn:aws:iam::000000000000:user/operator", Role: "Admin" },
        { Principal: "arn:aws:sts::000000000000:assumed-role/hangar-execution/*", Role: "Op" },
      ],
    });
    await place().upload("first", "across.py", acrossDag);
    const airflow = await signIn(place().home, "first");
    await dagVisible(airflow, "across");
    await runSucceeds(airflow, "across", await trigger(airflow, "across"), 180);
  });

  it("deleted, leaves nothing of itself; the other environment goes on", async () => {
    await place().home.ok("env", "delete", "second", "--no-snapshot");
    await environmentLeavesNothing(place().home, second);
    expect(await place().environment("first")).toMatchObject({ Status: "AVAILABLE" });
  });
}

async function webToken(place: Place, environment: string): Promise<string> {
  return (await place.call<{ WebToken: string }>("POST", `/webtoken/${environment}`)).WebToken;
}

const login = (web: string, token: string) =>
  fetch(`${web}/aws_mwaa/login`, { method: "POST", body: new URLSearchParams({ token }), redirect: "manual" });

const workDag = `from datetime import datetime

from airflow.decorators import dag, task


@dag(dag_id="work", schedule=None, start_date=datetime(2024, 1, 1), catchup=False)
def work():
    @task
    def do():
        return "done"

    do()


work()
`;

const acrossDag = `from datetime import datetime

from airflow.providers.amazon.aws.operators.mwaa import MwaaTriggerDagRunOperator
from airflow.providers.amazon.aws.sensors.mwaa import MwaaDagRunSensor
from airflow.sdk import DAG

with DAG(dag_id="across", schedule=None, start_date=datetime(2024, 1, 1), catchup=False):
    ask = MwaaTriggerDagRunOperator(task_id="ask", env_name="second", trigger_dag_id="work", retries=0)
    watch = MwaaDagRunSensor(
        task_id="watch",
        external_env_name="second",
        external_dag_id="work",
        external_dag_run_id="{{ ti.xcom_pull('ask')['RestApiResponse']['dag_run_id'] }}",
        poke_interval=1,
        timeout=120,
        retries=0,
    )
    ask >> watch
`;
