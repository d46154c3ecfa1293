// Extension: GET /environments/{Name}/upgrades. To which Airflow versions an environment can be brought, and how.
import type { Pool } from "../../shared/domain/pool.ts";
import { GetEnvironmentRequest, type NamedRequest } from "../../shared/domain/requests.ts";
import { upgradesView } from "../../shared/domain/upgrades-view.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { findEnvironment } from "../../shared/runtime/environment-lookup.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";

interface Ports {
  readonly environments: Environments;
  readonly controlBucket: ControlBucket;
  readonly clock: Pick<Clock, "now">;
  readonly pool: Pool;
}

export const handler = apiHandler(GetEnvironmentRequest, listUpgrades, () => ({
  environments: environments(),
  controlBucket: controlBucket(),
  clock: clock(),
  pool: pool(),
}));

/** Every other version: the hops that lead there, or why none do; changes nothing. */
export async function listUpgrades({ Name }: NamedRequest, { environments, controlBucket, clock, pool }: Ports) {
  const environment = await findEnvironment(Name, { environments });
  const { configuration } = environment.settings;
  const options = configuration && (await controlBucket.getConfiguration(environment.names.prefix, configuration.key));
  return upgradesView(environment, options ?? {}, { images: pool.images, now: clock.now() });
}
