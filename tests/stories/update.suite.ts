// UpdateEnvironment of a live environment: what restarts nothing, GRACEFUL and FORCED, one that cannot work, two at once,
// and one in whose middle the region is killed.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import type { AirflowClient } from "../../cli/airflow-client.ts";
import type { Environment } from "../../cli/environments.ts";
import { parentOf } from "../../local/ecs/process-remains.ts";
import { identityOf, isAlive, type ProcessIdentity } from "../../local/process-identity.ts";
import { dagVisible, optionDag, runSucceeds, signIn, tasksOf, trigger, waiterDag } from "./support/airflow.ts";
import { inSeconds, until } from "./support/hangar.ts";
import type { Place } from "./support/place.ts";

const retries = (count: number) => ({ AirflowConfigurationOptions: { "core.default_task_retries": String(count) } });

export function update(place: () => Place): void {
  let airflow: AirflowClient;
  beforeAll(async () => {
    const upload = (dagId: string, text: string) => place().upload("first", `${dagId}.py`, text);
    await upload("released", waiterDag("released", join(place().scratch, "release")));
    await upload("left_alone", waiterDag("left_alone", join(place().scratch, "never")));
    await upload("has_3", optionDag("has_3", "core", "default_task_retries", "3"));
    await upload("has_4", optionDag("has_4", "core", "default_task_retries", "4"));
    airflow = await signIn(place().home, "first");
    for (const dagId of ["released", "left_alone", "has_3", "has_4"]) await dagVisible(airflow, dagId);
  });

  /** A run whose one task is at work. */
  const atWork = async (dagId: string): Promise<string> => {
    const runId = await trigger(airflow, dagId);
    await until(`${dagId} is at work`, 60, () => isAtWork(dagId, runId));
    return runId;
  };
  const isAtWork = async (dagId: string, runId: string) =>
    (await tasksOf(airflow, dagId, runId))[0]?.state === "running";
  const succeeds = async (dagId: string) => runSucceeds(airflow, dagId, await trigger(airflow, dagId), 180);

  it("of members no task reads is AVAILABLE again within 5 s, and restarts nothing", async () => {
    const before = lastingProcesses(place());
    const seen = await place().home.boto3<{ seconds: number; environment: unknown }>(`
import time
mwaa = boto3.client("mwaa")
began = time.monotonic()
mwaa.update_environment(Name="first", MaxWorkers=3, WeeklyMaintenanceWindowStart="SUN:03:30", LoggingConfiguration={"WorkerLogs": {"Enabled": False, "LogLevel": "ERROR"}})
first = mwaa.get_environment(Name="first")["Environment"]["Status"]
while (environment := mwaa.get_environment(Name="first")["Environment"])["Status"] == "UPDATING": time.sleep(0.1)
shown = {name: environment[name] for name in ["Status", "MaxWorkers", "WeeklyMaintenanceWindowStart"]}
print(json.dumps({"seconds": time.monotonic() - began, "first": first, "environment": shown, "logs": environment["LoggingConfiguration"]["WorkerLogs"]["LogLevel"], "update": environment["LastUpdate"]["Status"]}))`);
    expect(seen).toMatchObject({
      first: "UPDATING",
      environment: { Status: "AVAILABLE", MaxWorkers: 3, WeeklyMaintenanceWindowStart: "SUN:03:30" },
      logs: "ERROR",
      update: "SUCCESS",
    });
    expect(seen.seconds).toBeLessThan(inSeconds(5));
    expect(goneOf(before), "nothing was restarted").toEqual([]);
  });

  it("GRACEFUL, waits for the task that runs, which ends on its first try; then runs with the new options, nothing old", async () => {
    const old = processesOfTasks(place());
    const runId = await atWork("released");
    await accepted(place(), { ...retries(3), WorkerReplacementStrategy: "GRACEFUL" });
    await until("the old workers were asked to finish", 150, () => stepEnded(place(), "drain-workers"));
    expect(await isAtWork("released", runId)).toBe(true);
    expect((await place().environment("first")).Status).toBe("UPDATING");
    writeFileSync(join(place().scratch, "release"), "");
    expect(await ended(place())).toMatchObject({ Status: "AVAILABLE", LastUpdate: { Status: "SUCCESS" } });
    await runSucceeds(airflow, "released", runId, 30);
    expect(await tasksOf(airflow, "released", runId)).toMatchObject([{ state: "success", try_number: 1 }]);
    await onlyGeneration(place(), 2, old);
    await succeeds("has_3");
  });

  it("that cannot work ends UPDATE_FAILED with the reason long before its deadline; everything runs on as before", async () => {
    const before = lastingProcesses(place());
    await accepted(place(), { AirflowConfigurationOptions: { "core.parallelism": "plenty" } });
    const environment = await ended(place());
    expect(environment).toMatchObject({
      Status: "UPDATE_FAILED",
      LastUpdate: {
        Status: "FAILED",
        Error: { ErrorMessage: expect.stringMatching(/keeps ending \(\d restarts so far\): exited with code 1/) },
      },
      AirflowConfigurationOptions: { "core.default_task_retries": "3" },
    });
    expect(goneOf(before), "no task of before was restarted").toEqual([]);
    await onlyGeneration(place(), 2, []);
    await succeeds("has_3");
  });

  let underway: { readonly old: readonly ProcessIdentity[]; readonly runId: string; readonly window: string };

  it("after a failed one, is accepted from exactly one of two callers at once; the other's is refused", async () => {
    const old = processesOfTasks(place());
    const runId = await atWork("left_alone");
    const seen = await place().home.boto3<{ answers: string[]; window: string }>(`
from concurrent.futures import ThreadPoolExecutor
from botocore.exceptions import ClientError
clients = [boto3.client("mwaa") for _ in range(2)]
asked = [dict(AirflowConfigurationOptions={"core.default_task_retries": "4"}, WeeklyMaintenanceWindowStart=window) for window in ["SAT:01:00", "SAT:02:00"]]
def update(number):
    try: return clients[number].update_environment(Name="first", **asked[number])["Arn"][-5:]
    except ClientError as error: return error.response["Error"]["Code"]
with ThreadPoolExecutor() as pool: answers = list(pool.map(update, range(2)))
print(json.dumps({"answers": answers, "window": asked[answers.index("first")]["WeeklyMaintenanceWindowStart"]}))`);
    expect([...seen.answers].sort()).toEqual(["ValidationException", "first"]);
    underway = { old, runId, window: seen.window };
  });

  it("FORCED, waits for no task and completes after kill -9 of the region in its middle and another up", async () => {
    await until("new tasks start beside the old ones", 60, async () => (await services(place())).length > 3);
    process.kill(place().home.regionPid(), "SIGKILL");
    await place().home.ok("up");
    expect(await ended(place())).toMatchObject({
      Status: "AVAILABLE",
      LastUpdate: { Status: "SUCCESS" },
      WeeklyMaintenanceWindowStart: underway.window,
    });
    expect(await isAtWork("left_alone", underway.runId), "it was still at work, or cut short").toBe(true);
    await onlyGeneration(place(), 4, underway.old);
    await succeeds("has_4");
  });
}

const accepted = (place: Place, members: object) =>
  place.home.boto3(
    `print(json.dumps(boto3.client("mwaa").update_environment(Name="first", **json.loads(${JSON.stringify(JSON.stringify(members))}))["Arn"]))`,
  );

/** The environment once it is no longer UPDATING. */
const ended = (place: Place): Promise<Environment> =>
  until("the update ended", 240, async () => {
    const environment = await place.environment("first");
    return environment.Status !== "UPDATING" && environment;
  });

/** Whether a step of the operation under way has done its work. */
async function stepEnded(place: Place, step: string): Promise<boolean> {
  type Listed = { Operations: { Steps: { Step: string; EndedAt?: number }[] }[] };
  const { Operations } = await place.call<Listed>("GET", "/environments/first/operations?MaxResults=1");
  return Operations[0]!.Steps.some(({ Step, EndedAt }) => Step === step && EndedAt !== undefined);
}

/** Every process of the environment's tasks, by its identity. */
const processesOfTasks = (place: Place): readonly ProcessIdentity[] =>
  place.home
    .processes()
    .filter(({ command }) => /hangar_agent run|hangar_airflow|airflow|celery/.test(command))
    .flatMap(({ pid }) => identityOf(pid) ?? []);

/** What lasts of the environment's tasks: agents, and the components they start. Parsers, checks and runs come and go. */
function lastingProcesses(place: Place): readonly Lasting[] {
  const all = place.home.processes();
  const agents = new Set(all.filter(({ command }) => command.includes("hangar_agent run")).map(({ pid }) => pid));
  const lasting = all.filter(({ pid }) => agents.has(pid) || agents.has(parentOf(pid) ?? 0));
  expect(lasting.length, "three agents at least, each with a component").toBeGreaterThanOrEqual(6);
  return lasting.flatMap(({ pid, command }) => {
    const identity = identityOf(pid);
    return identity ? [{ ...identity, command }] : [];
  });
}

type Lasting = ProcessIdentity & { readonly command: string };

const goneOf = (lasting: readonly Lasting[]): string[] =>
  lasting.filter((one) => !isAlive(one)).map(({ pid, command }) => `${pid} ${command.slice(0, 200)}`);

async function services(place: Place): Promise<readonly string[]> {
  type Listed = { serviceArns: string[] };
  const { serviceArns } = await place.home.aws<Listed>("ecs", "list-services", "--cluster", "hangar");
  return serviceArns.map((arn) => arn.split("/").at(-1)!);
}

/** Waits until one generation's three services are left, and none of these processes. */
async function onlyGeneration(place: Place, generation: number, gone: readonly ProcessIdentity[]): Promise<void> {
  await until("the other generation's services are gone", 60, async () => {
    const left = await services(place);
    if (left.length !== 3 || !left.every((name) => name.endsWith(`-g${generation}`))) throw new Error(left.join(" "));
    return true;
  });
  await until("the other generation's processes are gone", 60, () => {
    const left = gone.filter(isAlive);
    if (left.length > 0) throw new Error(left.map(({ pid }) => pid).join(" "));
    return true;
  });
}
