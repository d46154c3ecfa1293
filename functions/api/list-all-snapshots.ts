// Extension: GET /snapshots. Snapshots of every environment, and the last ones of those that were deleted.
import { NoRequest } from "../../shared/domain/extension-requests.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { allSnapshotsView } from "../../shared/domain/snapshot-view.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Snapshots } from "../../shared/ports/snapshots.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { snapshots } from "../../shared/runtime/provide/snapshots.ts";

interface Ports {
  readonly environments: Pick<Environments, "all">;
  readonly snapshots: Pick<Snapshots, "all">;
  readonly clock: Pick<Clock, "now">;
  readonly pool: Pool;
}

export const handler = apiHandler(NoRequest, listAllSnapshots, () => ({
  environments: environments(),
  snapshots: snapshots(),
  clock: clock(),
  pool: pool(),
}));

/** Those whose time is not over, newest first. */
export async function listAllSnapshots(_request: object, { environments, snapshots, clock, pool }: Ports) {
  // these first: an environment that is gone by the time it is looked for has its last snapshot listed by then, or none
  const living = await environments.all();
  return { Snapshots: allSnapshotsView(living, await snapshots.all(), pool, clock.now()) };
}
