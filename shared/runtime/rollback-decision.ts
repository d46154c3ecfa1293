// Loads what a rollback to a release is decided on: its layer's standing, and the Airflow versions it was live on.
import type { RollbackReleaseRequest } from "../domain/extension-requests.ts";
import type { EnvironmentItem, ReleaseItem } from "../domain/items.ts";
import type { LayerStanding } from "../domain/layer-rollback.ts";
import { type RollbackInput, versionsOf } from "../domain/plan-rollback.ts";
import type { Pool } from "../domain/pool.ts";
import type { HistoryEntry } from "../domain/release-history.ts";
import type { Clock } from "../ports/clock.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";

/** Entries looked at until the one that replaced a release: uploads that were held, and layers. */
const mostLater = 50;

export async function rollbackInput(
  request: RollbackReleaseRequest,
  found: {
    readonly environment: EnvironmentItem;
    readonly item: ReleaseItem;
    readonly entry: HistoryEntry | undefined;
    readonly standing: LayerStanding;
  },
  ports: {
    readonly controlBucket: ControlBucket;
    readonly clock: Pick<Clock, "now">;
    readonly pool: Pick<Pool, "images">;
  },
): Promise<RollbackInput> {
  const { environment, item, entry, standing } = found;
  const versions = entry?.kind === "layer" ? null : await readVersions(environment, item, entry, ports);
  return { environment, request, versions, standing, pool: ports.pool, now: ports.clock.now() };
}

async function readVersions(
  { names, settings }: EnvironmentItem,
  { release, lastNumber }: ReleaseItem,
  entry: HistoryEntry | undefined,
  { controlBucket }: { readonly controlBucket: ControlBucket },
): Promise<readonly string[] | null> {
  if (entry?.airflowVersion === undefined) return null;
  if (entry.id === release.id) return versionsOf(entry, [], settings.airflowVersion);
  const later: HistoryEntry[] = [];
  for (let number = entry.number + 1; number <= lastNumber && later.length < mostLater; number++) {
    const next = await controlBucket.getHistory(names.prefix, number);
    if (!next) continue;
    later.push(next);
    if (next.outcome === "served" && next.kind !== "layer") return versionsOf(entry, later, undefined);
  }
  return null; // what replaced it is not found: nothing is claimed
}
