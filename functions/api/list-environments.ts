// MWAA API: ListEnvironments. Names only, 25 a page.
import { pageAfter, pageToken } from "../../shared/domain/paging.ts";
import { ListEnvironmentsRequest } from "../../shared/domain/requests.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";

interface Ports {
  readonly environments: Environments;
}

export const handler = apiHandler(ListEnvironmentsRequest, listEnvironments, () => ({ environments: environments() }));

const pageSize = 25;

/** A page of names in order; `NextToken` is absent at the end. */
export async function listEnvironments(request: ListEnvironmentsRequest, ports: Ports) {
  const { names, next } = await ports.environments.listNames(
    pageAfter(request.NextToken),
    request.MaxResults ?? pageSize,
  );
  return { Environments: names, ...(next === undefined ? {} : { NextToken: pageToken(next) }) };
}
