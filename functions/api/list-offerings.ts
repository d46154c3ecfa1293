// Extension: GET /offerings. Airflow versions and environment classes this installation offers.
import { offeringsView } from "../../shared/domain/offerings-view.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { NoRequest } from "../../shared/domain/extension-requests.ts";

interface Ports {
  readonly pool: Pool;
}

export const handler = apiHandler(NoRequest, listOfferings, () => ({
  pool: pool(),
}));

/** What can be created here, what it is made of and what MWAA would charge for it. */
export async function listOfferings(_request: object, { pool }: Ports) {
  return offeringsView(pool);
}
