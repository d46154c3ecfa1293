// Extension: POST /environments/{Name}/window/skip. The window that is open or comes next passes unused.
import { notFound } from "../../shared/domain/gates.ts";
import { skipped } from "../../shared/domain/window-control.ts";
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

export const handler = apiHandler(GetEnvironmentRequest, skipWindow, () => ({
  environments: environments(),
  clock: clock(),
  pool: pool(),
}));

/** Safe to repeat: asked for twice, it is the same window. What has begun in an open one goes on. @throws EnvironmentNotFound */
export async function skipWindow({ Name }: NamedRequest, ports: Ports) {
  const changed = await changeEnvironment({ name: Name }, (now) => skipped(now, ports.clock.now()), ports);
  if (!changed) throw notFound(Name);
  return { Maintenance: maintenanceView(changed, ports.pool, ports.clock.now()) };
}
