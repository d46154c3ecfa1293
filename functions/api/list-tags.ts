// MWAA API: ListTagsForResource.
import { nameOfArn } from "../../shared/domain/tags.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { ListTagsRequest } from "../../shared/domain/requests.ts";
import { findEnvironment } from "../../shared/runtime/environment-lookup.ts";

interface Ports {
  readonly environments: Environments;
  readonly pool: Pool;
}

export const handler = apiHandler(ListTagsRequest, listTags, () => ({
  environments: environments(),
  pool: pool(),
}));

/** @throws EnvironmentNotFound also for an ARN of another account or Region */
export async function listTags(request: { readonly ResourceArn: string }, ports: Ports) {
  const name = nameOfArn(request.ResourceArn, ports.pool);
  const environment = await findEnvironment(name, ports);
  return { Tags: environment.tags };
}
