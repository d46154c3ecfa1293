// One upgrade with one fault, and what must be true of its end.
import { countText, differences, type EveryRow, withoutColumns } from "../../stories/support/every-row.ts";
import { until } from "../../stories/support/hangar.ts";
import { noOrphans } from "../../stories/support/orphans.ts";
import { versionChangeEnds, type Watched } from "../../stories/support/upgrading.ts";
import type { Chance } from "../random.ts";
import type { End, Fault } from "./fault.ts";
import { environmentName, type UpgradePlace } from "./place.ts";

const endSeconds = 900;
/** Old tasks have started by then; what they still settle at their start has settled. */
const settledSeconds = 60;

/**
 * Asks for the upgrade, injects the fault, and looks at the end. One that went through is brought back by its snapshot, so that
 * the next fault finds the older version.
 * @returns the end with its figures
 * @throws Error with the promise that was broken
 */
export async function liveThrough(place: UpgradePlace, fault: Fault, chance: Chance): Promise<string> {
  const takeAway = await fault.prepare?.(place);
  try {
    const before = await place.everyRow();
    await place.ask(place.to, fault.request);
    // a fault that could not be injected is told once the upgrade has ended: the next one meets none under way
    const [harm, end] = await Promise.allSettled([
      fault.inject(place, chance),
      versionChangeEnds(place, environmentName, endSeconds),
    ]);
    if (end.status === "rejected") throw end.reason;
    if (harm.status === "rejected") throw harm.reason;
    return `${harm.value}; ${await lookedAt(place, fault, before, end.value)}`;
  } finally {
    await takeAway?.();
  }
}

async function lookedAt(place: UpgradePlace, fault: Fault, before: EveryRow, watched: Watched): Promise<string> {
  const end = endOf(place, watched);
  if (!fault.ends.includes(end)) throw new Error(`it ended on the ${end} version: ${errorOf(watched)}`);
  return end === "old" ? wentBack(place, before, watched) : wentThrough(place, before);
}

/** @throws Error for any other end: Stuck needs an outage that outlasts an hour of trying */
function endOf(place: UpgradePlace, watched: Watched): End {
  const { Status, AirflowVersion } = watched.ended;
  if (Status === "AVAILABLE" && AirflowVersion === place.to) return "new";
  if (Status === "UPDATE_FAILED" && AirflowVersion === place.from) return "old";
  throw new Error(`it ended ${Status} on ${AirflowVersion}: ${errorOf(watched)}`);
}

const errorOf = ({ ended }: Watched): string => ended.LastUpdate?.Error?.ErrorMessage ?? "no error";

async function wentBack(place: UpgradePlace, before: EveryRow, watched: Watched): Promise<string> {
  const endedAt = Date.now();
  const servedAt = await place.served();
  await sameRows(place, before);
  await noOrphans(place, environmentName);
  const run = await place.runsDag();
  const after = (at: number) => ((at - (watched.backSince ?? endedAt)) / 1000).toFixed(0);
  return `UPDATE_FAILED on ${place.from} after ${after(endedAt)} s of rollback, its address answers after ${after(servedAt)} s, ${countText(before)} as before, a run ${run.toFixed(0)} s (${errorOf(watched).slice(0, 160)})`;
}

async function wentThrough(place: UpgradePlace, before: EveryRow): Promise<string> {
  await noOrphans(place, environmentName);
  const run = await place.runsDag(); // it decrypts the connection
  const [snapshot] = (await place.environment(environmentName)).Hangar!.Snapshots!;
  const began = performance.now();
  await place.home.ok("snapshot", "restore", environmentName, snapshot!.Name, "--yes");
  const seconds = (performance.now() - began) / 1000;
  await sameRows(place, before, newQueue);
  await noOrphans(place, environmentName);
  for (const { Name } of (await place.environment(environmentName)).Hangar!.Snapshots!)
    await place.home.ok("snapshot", "delete", environmentName, Name, "--yes");
  await place.runsDag();
  return `AVAILABLE on ${place.to}, a run ${run.toFixed(0)} s; restored within ${seconds.toFixed(0)} s, ${countText(before)} as before`;
}

/** What has not ended waits in the queue of the generation that a restore brought. */
const newQueue = (rows: EveryRow): EveryRow => withoutColumns(rows, "task_instance", ["queue"]);

const sameRows = (place: UpgradePlace, before: EveryRow, shown = (rows: EveryRow) => rows): Promise<boolean> =>
  until("the rows are as before", settledSeconds, async () => {
    const found = differences(shown(before), shown(await place.everyRow()));
    if (found.length > 0) throw new Error(found.join("; "));
    return true;
  });
