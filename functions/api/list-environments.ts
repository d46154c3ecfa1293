// MWAA API: ListEnvironments. Names only, 25 a page; the extension `Details=true` brings what a list page shows with them.
import { environmentView } from "../../shared/domain/environment-view.ts";
import { ListEnvironmentsRequest } from "../../shared/domain/extension-requests.ts";
import { pageAfter, pageToken } from "../../shared/domain/paging.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";

interface Ports {
  readonly environments: Environments;
  readonly clock: Pick<Clock, "now">;
  readonly pool: Pool;
}

export const handler = apiHandler(ListEnvironmentsRequest, listEnvironments, () => ({
  environments: environments(),
  clock: clock(),
  pool: pool(),
}));

const pageSize = 25;

/**
 * A page of names in order; `NextToken` is absent at the end. With `Details`, `EnvironmentDetails` holds each of them as
 * GetEnvironment shows it, but for AirflowConfigurationOptions: they may be secret and are one read each.
 */
export async function listEnvironments(request: ListEnvironmentsRequest, ports: Ports) {
  const { names, next } = await ports.environments.listNames(
    pageAfter(request.NextToken),
    request.MaxResults ?? pageSize,
  );
  const details = request.Details === true ? { EnvironmentDetails: await detailsOf(names, ports) } : {};
  return { Environments: names, ...details, ...(next === undefined ? {} : { NextToken: pageToken(next) }) };
}

/** One that was deleted between the two reads is left out. */
async function detailsOf(names: readonly string[], { environments, clock, pool }: Ports) {
  const items = await Promise.all(names.map((name) => environments.get(name)));
  return items.flatMap((item) => (item ? [environmentView(item, pool, null, clock.now())] : []));
}
