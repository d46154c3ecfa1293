// Extension: GET /offerings. Airflow versions and environment classes this installation offers.
import { offeringsView } from "../../shared/domain/offerings-view.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { NoRequest } from "../../shared/domain/extension-requests.ts";

interface Ports {
  readonly clock: Pick<Clock, "now">;
  readonly pool: Pool;
}

export const handler = apiHandler(NoRequest, listOfferings, () => ({
  clock: clock(),
  pool: pool(),
}));

/** What can be created here, what it is made of and what MWAA would charge for it. */
export async function listOfferings(_request: object, { clock, pool }: Ports) {
  return offeringsView(pool, clock.now());
}
