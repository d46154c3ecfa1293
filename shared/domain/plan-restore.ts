// A snapshot put in place of the live database, as a decision: the upgrade's ladder with another original. The live database is
// sealed on the way and becomes a snapshot itself, so a restore can be regretted too.
import { checkSettings } from "./environment-settings.ts";
import { HangarError } from "./errors.ts";
import { canUpdate } from "./gates.ts";
import type { EnvironmentItem } from "./items.ts";
import type { Snapshot } from "./snapshot-item.ts";
import { generationNames, planUpgrade, type WishedRelease } from "./plan-upgrade.ts";
import { begun, type PlannedVersionChange } from "./plan-version-change.ts";
import type { Pool } from "./pool.ts";
import type { WorkerReplacementStrategy } from "./requests.ts";
import { keptSnapshots, listedSnapshots, snapshotVersions } from "./upgrade-outcome.ts";
import { generationOfDatabase } from "./upgrade-remains.ts";
import { type UpgradeHop, versionUnfit } from "./upgrade-path.ts";

/** DAG runs and task instances a database has, and a snapshot taken earlier does not. */
export interface BegunSince {
  readonly runs: number;
  readonly taskInstances: number;
}

export interface RestoreInput {
  readonly environment: EnvironmentItem;
  /** The snapshot's. */
  readonly name: string;
  /** What began in the live database after it was taken; null: it could not be counted. */
  readonly since: BegunSince | null;
  /** Absent: tasks may finish within the pause. */
  readonly strategy?: WorkerReplacementStrategy | undefined;
  /** Whose DAG files are to go live afterwards; absent: they stay as they are. */
  readonly release?: WishedRelease | undefined;
  readonly pool: Pool;
  readonly operationId: string;
  readonly caller: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Plans the restore. Settings stay but for the version, and so do DAG files; the layer is made again for the version's image.
 * @throws HangarError EnvironmentBusy, EnvironmentUnusable, SnapshotNotFound; VersionChangeRefused where no image of its version
 * is there; InvalidRequest where a setting is not for that version
 */
export function planRestore(input: RestoreInput): PlannedVersionChange {
  const { environment, pool, now } = input;
  canUpdate(environment);
  const snapshot = findSnapshot(environment, input.name, now);
  const to = snapshot.airflowVersion;
  const unfit = restoreUnfit(snapshot, pool);
  if (unfit) throw new HangarError("VersionChangeRefused", `Snapshot ${snapshot.name} cannot be restored: ${unfit}`);
  const settings = { ...environment.settings, airflowVersion: to };
  checkSettings(settings, pool);
  const plan = planUpgrade({
    ...{ environment, to, pool, settings, operationId: input.operationId },
    snapshots: snapshotVersions(environment, now),
    strategy: input.strategy,
    restore: {
      hop: restoreHop(environment, snapshot),
      snapshot: { name: snapshot.name, role: snapshot.role, queue: queueOf(environment, snapshot, pool) },
      losses: lossesOf(snapshot, input.since),
    },
  });
  return begun(input.release ? { ...plan, release: input.release } : plan, input);
}

/** @throws SnapshotNotFound: also for one whose time is over, for it may be dropped at any moment */
export function findSnapshot(environment: EnvironmentItem, name: string, now: number): Snapshot {
  const found = keptSnapshots(environment, now).find((snapshot) => snapshot.name === name);
  if (found) return found;
  const unmade = listedSnapshots(environment, now).find((snapshot) => snapshot.name === name);
  if (unmade) throw new HangarError("SnapshotNotFound", `Snapshot ${name} is not there: ${unmadeReason(unmade)}`);
  throw new HangarError(
    "SnapshotNotFound",
    `Environment ${environment.name} keeps no snapshot ${name}. List those it keeps: npx hangar snapshot list ${environment.name}`,
  );
}

/** Why a snapshot cannot be restored here, as a sentence; undefined: it can. */
export function restoreUnfit(
  snapshot: Pick<Snapshot, "airflowVersion" | "state" | "reason">,
  { images }: Pick<Pool, "images">,
): string | undefined {
  const { airflowVersion, state } = snapshot;
  if (state) return unmadeReason(snapshot);
  const unfit = versionUnfit(airflowVersion, images);
  return unfit && `Airflow ${airflowVersion} cannot run here: ${unfit}. Have an image of it added to the pool.`;
}

const unmadeReason = ({ state, reason }: Pick<Snapshot, "state" | "reason">): string =>
  state === "CREATING" ? "it is still being copied." : `it could not be copied. ${reason ?? ""}`.trim();

/** What the rows of a snapshot name as their queue: one that is older than the member was called after its generation. */
export const queueOf = (environment: EnvironmentItem, { name, queue }: Snapshot, pool: Pool): string =>
  queue ?? generationNames(environment, generationOfDatabase(name) ?? 1, pool).queue;

const restoreHop = ({ settings }: EnvironmentItem, { airflowVersion, createdAt }: Snapshot): UpgradeHop => ({
  ...{ from: settings.airflowVersion, to: airflowVersion, how: "restore" },
  reason: `The database goes back to what it was on ${airflowVersion} at ${time(createdAt)}.`,
});

function lossesOf({ createdAt }: Snapshot, since: BegunSince | null): readonly string[] {
  const counted = since
    ? `${count(since.runs, "DAG run")} and ${count(since.taskInstances, "task instance")} began since`
    : "how many DAG runs began since cannot be counted now";
  return [
    `What was written since ${time(createdAt)} is not in it: ${counted}; connections, variables, pools and users are as they were then.`,
  ];
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;

const time = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
