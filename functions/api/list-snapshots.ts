// Extension: GET /environments/{Name}/snapshots. Databases that upgrades and restores have left sealed.
import { restoreUnfit } from "../../shared/domain/plan-restore.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { GetEnvironmentRequest, type NamedRequest } from "../../shared/domain/requests.ts";
import { listedSnapshots } from "../../shared/domain/upgrade-outcome.ts";
import { snapshotListView } from "../../shared/domain/upgrade-view.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { findEnvironment } from "../../shared/runtime/environment-lookup.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";

interface Ports {
  readonly environments: Environments;
  readonly clock: Pick<Clock, "now">;
  readonly pool: Pool;
}

export const handler = apiHandler(GetEnvironmentRequest, listSnapshots, () => ({
  environments: environments(),
  clock: clock(),
  pool: pool(),
}));

/** Those whose time is not over, newest first. */
export async function listSnapshots({ Name }: NamedRequest, { environments, clock, pool }: Ports) {
  const environment = await findEnvironment(Name, { environments });
  const listed = listedSnapshots(environment, clock.now());
  return { Snapshots: listed.map((snapshot) => snapshotListView(snapshot, restoreUnfit(snapshot, pool))) };
}
