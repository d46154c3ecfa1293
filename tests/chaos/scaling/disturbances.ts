// What else happens to an environment under load: an update that replaces all its tasks, an api-server that is killed.
import { allProcesses } from "../../../bench/processes.ts";
import { identityOf, isAlive, killProcess, type ProcessIdentity } from "../../../local/process-identity.ts";
import { until } from "../../stories/support/hangar.ts";
import { environmentName, type ScalingPlace } from "./place.ts";
import { waveDag } from "./waves.ts";

/** Updates the environment gracefully with waves before, in its middle and at its end. @throws unless it succeeds */
export async function gracefulUpdateUnderLoad(place: ScalingPlace): Promise<void> {
  await place.submit(waveDag, 2);
  const retryDelay = String(300 + Math.floor(performance.now() % 1000)); // any option that is new to it
  const change = { "core.default_task_retry_delay": retryDelay, "celery.worker_autoscale": "2,2" };
  await place.home.ok(
    ...["env", "update", environmentName, "--no-wait", "--worker-replacement-strategy", "GRACEFUL"],
    ...["--airflow-configuration-options", JSON.stringify(change)],
  );
  await until("old workers are told to finish", 180, async () => {
    if ((await place.environment(environmentName)).Status !== "UPDATING") return true;
    return place.drains.everybody();
  });
  await place.submit(waveDag);
  const environment = await until("the update has ended", 300, async () => {
    const now = await place.environment(environmentName);
    return now.Status !== "UPDATING" && now;
  });
  if (environment.LastUpdate?.Status !== "SUCCESS")
    throw new Error(`the update failed: ${JSON.stringify(environment.LastUpdate)}`);
  await place.submit(waveDag);
}

/** Kills the api-server while tasks run and begin, and waits until another one answers. */
export async function killApiServerUnderLoad(place: ScalingPlace): Promise<void> {
  await place.submit(waveDag, 2);
  await until("tasks run", 60, () => place.running() > 0);
  const killed = apiServers(place);
  if (killed.length === 0) throw new Error("No api-server was found to kill.");
  for (const identity of killed) killProcess(identity, "SIGKILL");
  await until("another api-server", 120, () => apiServers(place).some((one) => isAlive(one) && !isOneOf(killed, one)));
  await place.submit(waveDag);
}

const isOneOf = (all: readonly ProcessIdentity[], one: ProcessIdentity): boolean =>
  all.some(({ pid, startTime }) => pid === one.pid && startTime === one.startTime);

/** What the web task's agent started, but for its own guardian. The server's title has overwritten its environment. */
function apiServers(place: ScalingPlace): readonly ProcessIdentity[] {
  const own = place.home.processes(place.environmentId);
  const agents = new Set(
    own.filter(({ command }) => command.includes("hangar_agent run --role web")).map(({ pid }) => pid),
  );
  return allProcesses()
    .filter(({ parent, command }) => agents.has(parent) && !command.includes("hangar_agent"))
    .flatMap(({ pid }) => identityOf(pid) ?? []);
}
