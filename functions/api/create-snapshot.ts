// Extension: POST /environments/{Name}/snapshots. A snapshot while the environment goes on.
import { CreateSnapshotRequest } from "../../shared/domain/extension-requests.ts";
import { notFound } from "../../shared/domain/gates.ts";
import { planOnlineSnapshot } from "../../shared/domain/online-snapshot.ts";
import { restoreUnfit } from "../../shared/domain/plan-restore.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { snapshotListView } from "../../shared/domain/upgrade-view.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { changeEnvironment } from "../../shared/runtime/change-environment.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";

interface Ports {
  readonly environments: Environments;
  readonly clock: Pick<Clock, "now">;
  readonly pool: Pool;
}

export const handler = apiHandler(CreateSnapshotRequest, createSnapshot, () => ({
  environments: environments(),
  clock: clock(),
  pool: pool(),
}));

/**
 * It is on the record, with all its names, before the answer; the schedule `advance-snapshots` makes it.
 * @throws EnvironmentNotFound, EnvironmentBusy, EnvironmentUnusable, QuotaExceeded
 */
export async function createSnapshot({ Name, Description }: CreateSnapshotRequest, ports: Ports) {
  const now = ports.clock.now();
  const changed = await changeEnvironment(
    { name: Name },
    (environment) => {
      const taken = planOnlineSnapshot(environment, { description: Description, now });
      return { snapshots: [taken, ...(environment.snapshots ?? [])] };
    },
    ports,
  );
  const [taken] = changed?.snapshots ?? [];
  if (!taken) throw notFound(Name);
  return { Snapshot: snapshotListView(taken, restoreUnfit(taken, ports.pool)) };
}
