// Victims, and what must be true some time after: Airflow says itself that all of it is healthy, since after the kill,
// and every task that was submitted has ended well.
import { pause } from "../../../bench/waiting.ts";
import { killProcess } from "../../../local/process-identity.ts";
import { signIn } from "../../stories/support/airflow.ts";
import { until } from "../../stories/support/hangar.ts";
import type { Chance } from "../random.ts";
import { environmentName, type ScalingPlace } from "../scaling/place.ts";
import { processesOf, type Victim } from "./victims.ts";

/** SIGKILL, or SIGSTOP: it is there and does nothing. */
export const ways = ["killed", "frozen"] as const;
export type Way = (typeof ways)[number];

export const retriedDag = "retried";
export const deferredDag = "deferred";
/** Some longer than a component takes to come back. */
const retriedSeconds: readonly number[] = [0, 0, 1, 3, 12];
const deferredSeconds: readonly number[] = [2, 8, 20];
const longestDelayMilliseconds = 5000;
/** A component whose silence is borne for a minute, its restart, and the checks around both. */
const healthySeconds = 240;
/** A killed worker's tasks are found by their heartbeats, five minutes old, and tried again. */
const endedSeconds = 900;
const databaseAwaySeconds = 60;

/** Loads the place's environment with tasks that are tried again and tasks that wait in the triggerer. */
export async function addKillLoad(place: ScalingPlace): Promise<void> {
  await place.addLoad(retriedDag, retriedSeconds, { retries: 3 });
  await place.addLoad(deferredDag, deferredSeconds, { retries: 3, isDeferred: true });
}

/**
 * Kills (or freezes) the victims at some moment of a load, and waits for health and for the tasks.
 * @returns seconds until healthy
 * @throws with what was not well within the bound
 */
export async function killAndRecover(
  place: ScalingPlace,
  victims: readonly Victim[],
  way: Way,
  chance: Chance,
): Promise<{ readonly healthySeconds: number; readonly delaySeconds: number }> {
  await place.submit(retriedDag, 2);
  await place.submit(deferredDag);
  const delay = chance.between(0, longestDelayMilliseconds);
  await pause(delay);
  const finished = new Set(await place.finished());
  const hit = await until(`${victims.join(", ")} to be there`, 120, () => {
    const found = victims.map((victim) => processesOf(place, victim));
    return found.every((processes) => processes.length > 0) && found.flat();
  });
  const at = Date.now();
  for (const one of hit) killProcess(one, way === "killed" ? "SIGKILL" : "SIGSTOP");
  if (way === "frozen" && victims.includes("PostgreSQL")) {
    await pause(databaseAwaySeconds * 1000);
    for (const one of hit) killProcess(one, "SIGCONT");
  }
  if (victims.includes("region")) await place.home.ok("up");
  const what = `healthy again after ${victims.join(", ")} was ${way}`;
  await until(what, healthySeconds, () => isHealthySince(place, at));
  const healthy = (Date.now() - at) / 1000;
  await place.submit(retriedDag);
  await place.settled(endedSeconds);
  const account = await place.account();
  const lost = [...account.lost, ...account.unknown];
  const undone = [...finished].filter((task) => lost.some((one) => one.startsWith(task)));
  if (undone.length > 0) throw new Error(`finished before, and not any more: ${undone.slice(0, 3).join("; ")}`);
  if (lost.length > 0) throw new Error(`not ended well: ${lost.slice(0, 3).join("; ")}`);
  return { healthySeconds: healthy, delaySeconds: delay / 1000 };
}

/** A component's status, and its heartbeat as `latest_<component>_heartbeat`. */
type Health = Readonly<Record<string, Readonly<Record<string, string | undefined>>>>;

/** Airflow's own word, with heartbeats from after that moment. */
async function isHealthySince(place: ScalingPlace, at: number): Promise<boolean> {
  const airflow = await signIn(place.home, environmentName);
  const health = await airflow.get<Health>("/monitor/health");
  if (!health) throw new Error("the web server does not tell its health");
  for (const component of ["scheduler", "triggerer", "dag_processor"] as const) {
    const { status, [`latest_${component}_heartbeat`]: beat } = health[component]!;
    if (status !== "healthy") throw new Error(`${component} is ${status}`);
    if (!(Date.parse(beat ?? "") > at)) throw new Error(`${component}'s last heartbeat is from ${beat}`);
  }
  const { status } = health["metadatabase"]!;
  if (status !== "healthy") throw new Error(`the database is ${status}`);
  return true;
}
