// MWAA API: UntagResource. A change of the record alone: no operation, no status.
import { notFound } from "../../shared/domain/gates.ts";
import { nameOfArn, untagged } from "../../shared/domain/tags.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { UntagResourceRequest, type UntagRequest } from "../../shared/domain/requests.ts";
import { changeEnvironment } from "../../shared/runtime/change-environment.ts";

interface Ports {
  readonly environments: Environments;
  readonly pool: Pool;
}

export const handler = apiHandler(UntagResourceRequest, untagResource, () => ({
  environments: environments(),
  pool: pool(),
}));

/** Removes tags by key; keys that are not there are fine. */
export async function untagResource(request: UntagRequest, ports: Ports) {
  const name = nameOfArn(request.ResourceArn, ports.pool);
  const changed = await changeEnvironment({ name }, ({ tags }) => ({ tags: untagged(tags, request.tagKeys) }), ports);
  if (!changed) throw notFound(name);
  return {};
}
