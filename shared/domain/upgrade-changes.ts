// What an upgrade or a restore says beside the members of a request: what becomes of layer and database, and what may be lost.
import type { EnvironmentItem } from "./items.ts";
import { planRebuild } from "./layer-wish.ts";
import { taskRoles } from "./names.ts";
import type { DatabaseNames, Restore, UpgradePlan } from "./plan-upgrade.ts";
import type { Pool } from "./pool.ts";
import type { PlannedChange } from "./update-effects.ts";
import type { LayerUpdate } from "./update-layer.ts";
import type { UpgradeHop } from "./upgrade-path.ts";

/** The layer that runs, made again for another image. A restore may lead to the version that runs: then it fits as it is. */
export function rebuilt(
  environment: EnvironmentItem,
  after: Pick<EnvironmentItem, "settings" | "image">,
  pool: Pool,
): LayerUpdate {
  const { layer, layerHold: hold } = environment;
  const rebuild = layer && environment.image !== after.image;
  const plan = rebuild ? planRebuild({ ...environment, ...after }, layer, pool) : ({ kind: "keep", layer } as const);
  return { plan, shown: [], hold };
}

/** The version; of a restore the database too, which may be all that changes. */
export function upgradeChanges(
  hop: UpgradeHop,
  source: DatabaseNames,
  restore: Restore | undefined,
): readonly PlannedChange[] {
  const common = { effect: "roll", roles: taskRoles, reason: hop.reason } as const;
  return [
    ...(hop.from === hop.to ? [] : [{ member: "AirflowVersion", before: hop.from, after: hop.to, ...common }]),
    ...(restore
      ? [{ member: "Database", before: source.database, after: `a copy of ${restore.snapshot.name}`, ...common }]
      : []),
  ];
}

/** In sentences for whoever asks; none where nothing may be lost. */
export function upgradeLosses(
  { deadlineSeconds, atDeadline }: UpgradePlan["pause"],
  restore: Restore | undefined,
): readonly string[] {
  const unwritten = restore?.losses ?? [];
  if (atDeadline === "abort") return unwritten;
  const which = deadlineSeconds === 0 ? "run when" : `still run ${deadlineSeconds} s after`;
  return [
    ...unwritten,
    restore
      ? `Tasks that ${which} scheduling is paused are ended; the database that comes back does not know of them.`
      : `Tasks that ${which} scheduling is paused are ended and run again from their beginning, whatever retries they have left.`,
  ];
}
