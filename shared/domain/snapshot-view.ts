// Snapshots as the API lists them, those of environments and those that outlived theirs. Extensions of the MWAA API; times are
// epoch seconds.
import type { EnvironmentItem } from "./items.ts";
import type { SnapshotItem } from "./snapshot-item.ts";
import { restoreUnfit } from "./plan-restore.ts";
import type { Pool } from "./pool.ts";
import { snapshotListView } from "./upgrade-view.ts";
import { listedSnapshots } from "./upgrade-outcome.ts";

/** One whose environment is gone: what can be made again of it is another environment. */
export const keptSnapshotView = (item: SnapshotItem, pool: Pick<Pool, "images">): Record<string, unknown> => ({
  ...snapshotListView(item, restoreUnfit(item, pool)),
  Environment: item.environmentName,
  Final: true,
  EnvironmentClass: item.environmentClass,
  ...(item.release ? { Release: { Id: item.release.id, Number: item.release.number } } : {}),
});

/**
 * All whose time is not over, the newest first.
 * @param now milliseconds since the epoch
 */
export function allSnapshotsView(
  environments: readonly EnvironmentItem[],
  kept: readonly SnapshotItem[],
  pool: Pick<Pool, "images">,
  now: number,
): readonly Record<string, unknown>[] {
  const own = environments.flatMap((environment) =>
    listedSnapshots(environment, now).map((snapshot) => ({
      ...snapshotListView(snapshot, restoreUnfit(snapshot, pool)),
      Environment: environment.name,
      Final: false,
    })),
  );
  const outlived = kept.filter(({ expiresAt }) => expiresAt > now).map((item) => keptSnapshotView(item, pool));
  const takenAt = (view: Record<string, unknown>) => Number(view["CreatedAt"]);
  return [...own, ...outlived].toSorted((one, other) => takenAt(other) - takenAt(one));
}
