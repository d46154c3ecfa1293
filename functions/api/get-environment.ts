// MWAA API: GetEnvironment.
import { environmentView } from "../../shared/domain/environment-view.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { GetEnvironmentRequest, type NamedRequest } from "../../shared/domain/requests.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { findEnvironment } from "../../shared/runtime/environment-lookup.ts";

interface Ports {
  readonly environments: Environments;
  readonly controlBucket: ControlBucket;
  readonly clock: Pick<Clock, "now">;
  readonly pool: Pool;
}

export const handler = apiHandler(GetEnvironmentRequest, getEnvironment, () => ({
  environments: environments(),
  controlBucket: controlBucket(),
  clock: clock(),
  pool: pool(),
}));

/** Shows the record. @throws EnvironmentNotFound also once a deletion has ended: never a DELETED status */
export async function getEnvironment(request: NamedRequest, ports: Ports) {
  const environment = await findEnvironment(request.Name, ports);
  const { configuration } = environment.settings;
  const options =
    configuration && (await ports.controlBucket.getConfiguration(environment.names.prefix, configuration.key));
  return { Environment: environmentView(environment, ports.pool, options ?? null, ports.clock.now()) };
}
