// Extension: DELETE /environments/{Name}/pending. Takes a change off that waits.
import { notFound } from "../../shared/domain/gates.ts";
import { withoutPending } from "../../shared/domain/pending-update.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { GetEnvironmentRequest, type NamedRequest } from "../../shared/domain/requests.ts";
import { maintenanceView } from "../../shared/domain/window-view.ts";
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

export const handler = apiHandler(GetEnvironmentRequest, cancelPendingUpdate, () => ({
  environments: environments(),
  clock: clock(),
  pool: pool(),
}));

/** Also one that was queued during maintenance. @throws EnvironmentNotFound, PendingChangeNotFound when it has begun, too */
export async function cancelPendingUpdate({ Name }: NamedRequest, ports: Ports) {
  const changed = await changeEnvironment({ name: Name }, withoutPending, ports);
  if (!changed) throw notFound(Name);
  return { Maintenance: maintenanceView(changed, ports.pool, ports.clock.now()) };
}
