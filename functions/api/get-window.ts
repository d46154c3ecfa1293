// Extension: GET /environments/{Name}/window. When the environment is maintained, and what waits for it.
import type { Pool } from "../../shared/domain/pool.ts";
import { GetEnvironmentRequest, type NamedRequest } from "../../shared/domain/requests.ts";
import { maintenanceView } from "../../shared/domain/window-view.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { findEnvironment } from "../../shared/runtime/environment-lookup.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";

interface Ports {
  readonly environments: Environments;
  readonly clock: Pick<Clock, "now">;
  readonly pool: Pool;
}

export const handler = apiHandler(GetEnvironmentRequest, getWindow, () => ({
  environments: environments(),
  clock: clock(),
  pool: pool(),
}));

/** As GetEnvironment has it in `Hangar.Maintenance`. @throws EnvironmentNotFound */
export async function getWindow({ Name }: NamedRequest, ports: Ports) {
  return { Maintenance: maintenanceView(await findEnvironment(Name, ports), ports.pool, ports.clock.now()) };
}
