// plugins.zip, requirements.txt and startup.sh as their users meet them: a conflict, a good set, an upload nobody pinned,
// a bad one, and away again. The packages are wheels inside plugins.zip, the pattern of MWAA's users without a network.
import { beforeAll, expect, it } from "vitest";
import type { Environment } from "../../cli/environments.ts";
import type { AirflowClient } from "../../cli/airflow-client.ts";
import { dagVisible, runSucceeds, signIn, trigger } from "./support/airflow.ts";
import { until } from "./support/hangar.ts";
import type { Place } from "./support/place.ts";

interface Sync {
  readonly Layer: { readonly Key: string; readonly Files: readonly { readonly Part: string }[] } | null;
  readonly Offer: { readonly State: string; readonly Error: string | null } | null;
}

interface Release {
  readonly Number: number;
  readonly Kind: "FILES" | "LAYER";
  readonly State: string;
  readonly Layer?: { readonly Key: string } | null;
}

export function layers(place: () => Place): void {
  let airflow: AirflowClient;
  const sync = () => place().call<Sync>("GET", "/environments/first/sync");
  const environment = () => place().environment("first");
  /** What the tasks of the environment are, by their agents' processes. */
  const agents = () =>
    place()
      .home.processes()
      .filter(({ command }) => command.includes("hangar_agent run"))
      .map(({ pid }) => pid)
      .sort();
  const upload = (files: Readonly<Record<string, string>>) =>
    place().home.boto3<Record<string, string>>(`
import base64, hashlib, io, zipfile
def packed(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, body in members.items(): opened.writestr(name, body)
    return buffer.getvalue()
def wheel(name, version):
    info = f"{name}-{version}.dist-info"
    members = {f"{name}.py": f"VERSION = '{version}'\\n", f"{info}/METADATA": f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
    digest = lambda body: base64.urlsafe_b64encode(hashlib.sha256(body.encode()).digest()).decode().rstrip("=")
    members[f"{info}/RECORD"] = "".join(f"{file},sha256={digest(body)},{len(body)}\\n" for file, body in members.items()) + f"{info}/RECORD,,\\n"
    return packed(members)
plugins = packed({**json.loads(${JSON.stringify(JSON.stringify(pluginFiles))}), "hangar_sample-1.0-py3-none-any.whl": wheel("hangar_sample", "1.0"), "hangar_sample-2.0-py3-none-any.whl": wheel("hangar_sample", "2.0")})
s3, versions = boto3.client("s3"), {}
for key, body in json.loads(${JSON.stringify(JSON.stringify(files))}).items():
    versions[key] = s3.put_object(Bucket="hangar-first", Key=key, Body=plugins if body == "plugins" else body.encode())["VersionId"]
print(json.dumps(versions))`);

  beforeAll(async () => {
    airflow = await signIn(place().home, "first");
  });

  it("a conflict is refused in the resolver's words, and what runs is untouched", async () => {
    const before = agents();
    const version = (await upload({ "requirements.txt": "apache-airflow==2.10.3\n" }))["requirements.txt"]!;
    const ended = await place().home.hangar(
      ...["env", "update", "first", "--requirements-s3-path", "requirements.txt"],
      ...["--requirements-s3-object-version", version],
    );
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("apache-airflow");
    const { Status, LastUpdate, RequirementsS3Path } = (await environment()) as Environment & {
      LastUpdate: { Error: { ErrorMessage: string } };
      RequirementsS3Path?: string;
    };
    expect(Status).toBe("UPDATE_FAILED");
    expect(LastUpdate.Error.ErrorMessage).toMatch(/apache-airflow.*3\.3\.1/s);
    expect(RequirementsS3Path).toBeUndefined();
    expect(agents()).toEqual(before);
  });

  it("a good set is installed once and runs everywhere: packages, plugins and startup script", async () => {
    await upload({
      "plugins.zip": "plugins",
      "requirements.txt": "--find-links /usr/local/airflow/plugins\n--no-index\nhangar_sample==1.0\n",
      "startup.sh": 'export SAMPLE_GREETING="hello from $MWAA_AIRFLOW_COMPONENT"\n',
    });
    await place().home.ok(
      ...["env", "update", "first", "--plugins-s3-path", "plugins.zip", "--requirements-s3-path", "requirements.txt"],
      ...["--startup-script-s3-path", "startup.sh"],
    );
    expect((await sync()).Layer?.Files.map(({ Part }) => Part).sort()).toEqual(["plugins", "requirements", "startup"]);
    await place().upload("first", "layered.py", layeredDag);
    await dagVisible(airflow, "layered", 90);
    expect(await ran()).toEqual({ version: "1.0", greeting: "hello from worker", hook: "a sample hook", sensed: true });
    const plugins = await airflow.get<{ plugins: { name: string }[] }>("/plugins");
    expect(plugins!.plugins.map(({ name }) => name)).toContain("sample_plugin");
  });

  it("a newer upload of a file nobody pinned is built aside and rolled out by itself", async () => {
    const before = (await sync()).Layer!.Key;
    await upload({ "requirements.txt": "--find-links /usr/local/airflow/plugins\n--no-index\nhangar_sample==2.0\n" });
    await until("the new layer runs", 240, async () => {
      const { Layer, Offer } = await sync();
      return Layer!.Key !== before && Offer === null && (await environment()).Status === "AVAILABLE";
    });
    expect(await ran()).toMatchObject({ version: "2.0" });
  });

  it("a layer is rolled back by a graceful roll, and the upload it went back from stays outside", async () => {
    const list = async () =>
      JSON.parse(await place().home.ok("release", "list", "first", "--json")) as readonly Release[];
    const live = (await list()).find(({ Kind, State }) => Kind === "FILES" && State === "LIVE")!;
    const before = (await sync()).Layer!.Key;
    expect(live.Layer!.Key).not.toBe(before);
    const plain = await place().home.hangar("release", "rollback", "first", String(live.Number));
    expect(plain.stderr).toContain("--layers");
    await place().home.ok("release", "rollback", "first", String(live.Number), "--layers");
    expect((await sync()).Layer!.Key).toBe(live.Layer!.Key);
    expect(await ran()).toMatchObject({ version: "1.0" });
    const held = await until("it is held", 60, async () => {
      const { Offer } = await sync();
      return Offer?.State === "HELD" ? Offer : undefined;
    });
    expect(held.Error).toContain("another version");
    expect((await environment()).Status).toBe("AVAILABLE");
    const [rolledBack, rolledForward] = (await list()).filter(({ Kind }) => Kind === "LAYER");
    expect(rolledBack).toMatchObject({ State: "LIVE", RollbackOf: live.Number, Layer: { Key: live.Layer!.Key } });
    const diff = ["release", "diff", "first", String(rolledForward!.Number), String(rolledBack!.Number)] as const;
    expect(await place().home.ok(...diff)).toMatch(/package hangar.sample\s+changed\s+2\.0\s+1\.0/);
  });

  it("a bad one stays outside: what runs goes on, and the reason is there to read", async () => {
    const before = [agents(), (await sync()).Layer!.Key];
    await upload({ "requirements.txt": "--find-links /usr/local/airflow/plugins\n--no-index\nhangar_sample==9.9\n" });
    const failed = await until("the offer failed", 120, async () => {
      const { Offer } = await sync();
      return Offer?.State === "FAILED" ? Offer : undefined;
    });
    expect(failed.Error).toContain("hangar-sample");
    expect([agents(), (await sync()).Layer!.Key]).toEqual(before);
    expect((await environment()).Status).toBe("AVAILABLE");
  });

  it("null clears it: tasks run without", async () => {
    await place().home.ok(
      ...["env", "update", "first", "--clear-requirements", "--clear-plugins", "--clear-startup-script"],
    );
    expect(await sync()).toMatchObject({ Layer: null, Offer: null });
  });

  async function ran(): Promise<unknown> {
    const runId = await trigger(airflow, "layered");
    await runSucceeds(airflow, "layered", runId, 150);
    const path = `/dags/layered/dagRuns/${encodeURIComponent(runId)}/taskInstances/look/xcomEntries/return_value`;
    const value = (await airflow.get<{ value: unknown }>(path))!.value;
    return typeof value === "string" ? JSON.parse(value) : value;
  }
}

/** The layout MWAA's user guide shows: "Example custom plugin". */
const pluginFiles = {
  "__init__.py": "",
  "my_airflow_plugin.py": `from airflow.plugins_manager import AirflowPlugin


class SamplePlugin(AirflowPlugin):
    name = "sample_plugin"
`,
  "hooks/__init__.py": "",
  "hooks/sample_hook.py": `from airflow.sdk.bases.hook import BaseHook


class SampleHook(BaseHook):
    def say(self):
        return "a sample hook"
`,
  "operators/__init__.py": "",
  "operators/sample_operator.py": `from airflow.sdk import BaseOperator
from hooks.sample_hook import SampleHook


class SampleOperator(BaseOperator):
    def execute(self, context):
        return SampleHook().say()
`,
  "sensors/__init__.py": "",
  "sensors/sample_sensor.py": `from airflow.sdk import BaseSensorOperator


class SampleSensor(BaseSensorOperator):
    def poke(self, context):
        return True
`,
} as const;

const layeredDag = `from datetime import datetime

from airflow.sdk import dag, task
from operators.sample_operator import SampleOperator
from sensors.sample_sensor import SampleSensor


@dag(dag_id="layered", schedule=None, start_date=datetime(2024, 1, 1), catchup=False)
def layered():
    @task(retries=0)
    def look(hook):
        import json
        import os

        import hangar_sample

        return json.dumps(
            {"version": hangar_sample.VERSION, "greeting": os.environ["SAMPLE_GREETING"], "hook": hook, "sensed": True}
        )

    sensed = SampleSensor(task_id="sensed", poke_interval=1, timeout=30)
    said = SampleOperator(task_id="said")
    sensed >> said
    look(said.output)


layered()
`;
