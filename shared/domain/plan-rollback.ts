// The way back to an earlier release, as a decision: moving the pointer is enough where it ran on the Airflow version that runs;
// where it ran on another one alone, a snapshot of that version has to take the place of the database.
import { HangarError } from "./errors.ts";
import type { RollbackReleaseRequest } from "./extension-requests.ts";
import type { EnvironmentItem } from "./items.ts";
import { type LayerStanding, standingMessage } from "./layer-rollback.ts";
import { restoreUnfit } from "./plan-restore.ts";
import type { Pool } from "./pool.ts";
import type { HistoryEntry } from "./release-history.ts";
import type { Snapshot } from "./snapshot-item.ts";
import { keptSnapshots } from "./upgrade-outcome.ts";
import { compareVersions } from "./upgrade-path.ts";

/**
 * `pointer`: the DAG files alone, within seconds. `roll`: its layer too, by a graceful update. `restore`: a snapshot, by the
 * upgrade's ladder, then the files. `refused`: there is no way to it as it was.
 */
export type RollbackPlan =
  | { readonly way: "pointer" | "roll" | "refused"; readonly reason: string }
  | { readonly way: "restore"; readonly reason: string; readonly snapshot: Snapshot };

export interface RollbackInput {
  readonly environment: EnvironmentItem;
  readonly request: RollbackReleaseRequest;
  /** Airflow versions it was live on, oldest first; null: it is not on record. */
  readonly versions: readonly string[] | null;
  readonly standing: LayerStanding;
  readonly pool: Pick<Pool, "images">;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function planRollback(input: RollbackInput): RollbackPlan {
  const { environment, request, versions, standing } = input;
  const { Number: number, Layers = false, FilesOnly = false } = request;
  const { airflowVersion } = environment.settings;
  const fits = versions === null || versions.includes(airflowVersion);
  if (!fits && !FilesOnly) return planRestoring(input, versions);
  const doubt =
    versions === null
      ? ` On which Airflow version release ${number} ran is not on record.`
      : fits
        ? ""
        : ` It ran on Airflow ${versions.join(", ")} alone, and will run on ${airflowVersion}.`;
  if (Layers && (standing === "DIFFERENT" || standing === "ROLLING"))
    return {
      way: "roll",
      reason: `Its DAG files go live within seconds; an update rolls to its plugins, requirements and startup script, and old workers finish their tasks.${doubt}`,
    };
  return { way: "pointer", reason: `Its DAG files go live within seconds; no task restarts.${doubt}` };
}

function planRestoring({ environment, request, pool, now }: RollbackInput, versions: readonly string[]): RollbackPlan {
  const { settings, name } = environment;
  const { Number: number } = request;
  const ran = `Release ${number} ran on Airflow ${versions.join(", ")} alone, and ${settings.airflowVersion} runs`;
  const kept = keptSnapshots(environment, now).filter((one) => versions.includes(one.airflowVersion));
  const newestFirst = kept.toSorted((one, other) => other.createdAt - one.createdAt);
  const snapshot = newestFirst.find((one) => restoreUnfit(one, pool) === undefined);
  if (snapshot) {
    const taken = new Date(snapshot.createdAt).toISOString().replace(/\.\d+Z$/, "Z");
    return {
      ...{ way: "restore", snapshot },
      reason: `${ran}: the snapshot ${snapshot.name}, taken on ${snapshot.airflowVersion} at ${taken}, takes the place of the database, then its DAG files go live. What was written since is lost.`,
    };
  }
  const [unfit] = newestFirst;
  const newer = versions.filter((version) => compareVersions(version, settings.airflowVersion) > 0).at(-1);
  const why = unfit
    ? `the snapshot ${unfit.name} cannot be restored here: ${restoreUnfit(unfit, pool)}`
    : newer
      ? `upgrade to ${newer} first (npx hangar upgrade list ${name}), then roll back.`
      : "no snapshot of that version is kept.";
  return { way: "refused", reason: `${ran}: ${why}` };
}

/**
 * A rollback that is no matter of this call is refused before anything moves, with what to do instead.
 * @throws VersionChangeRefused
 */
export function canRollBackHere(plan: RollbackPlan, { Name, Number: number }: RollbackReleaseRequest): void {
  if (plan.way === "pointer" || plan.way === "roll") return;
  const alone = `To have its DAG files alone on the version that runs: "FilesOnly": true, or npx hangar release rollback ${Name} ${number} --files-only`;
  const whole =
    plan.way === "restore"
      ? ` To go back to it as it was: POST /environments/${Name}/snapshots/${plan.snapshot.name}/restore with "Release": ${number}, or npx hangar release rollback ${Name} ${number} --yes.`
      : "";
  throw new HangarError("VersionChangeRefused", `Nothing was rolled back. ${plan.reason}${whole} ${alone}`);
}

/** The dry run's answer. Extension of the MWAA API. */
export const rollbackView = (plan: RollbackPlan, { request, versions, standing }: RollbackInput) => ({
  Way: plan.way.toUpperCase(),
  Reason: plan.reason,
  Release: request.Number,
  AirflowVersions: versions ?? [],
  ...(plan.way === "restore" ? { Snapshot: plan.snapshot.name } : {}),
  Layer: { Standing: standing, Message: standingMessage(standing, request.Name, request.Number) },
});

/**
 * Airflow versions a release was live on: what each entry says that was made while it ran, the one that replaced it included.
 * @param later entries after its own, in order of number, up to the one that replaced it
 * @param current the version that runs, where the release is still live; undefined: it was replaced
 * @returns null: an entry is older than this knowledge
 */
export function versionsOf(
  entry: HistoryEntry | undefined,
  later: readonly HistoryEntry[],
  current: string | undefined,
): readonly string[] | null {
  if (entry?.airflowVersion === undefined) return null;
  const noted = [entry, ...later].flatMap(({ airflowVersion }) => airflowVersion ?? []);
  return [...new Set([...noted, ...(current === undefined ? [] : [current])])];
}
