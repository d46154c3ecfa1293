// MWAA API: TagResource. A change of the record alone: no operation, no status.
import { notFound } from "../../shared/domain/gates.ts";
import { nameOfArn, tagged } from "../../shared/domain/tags.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { TagResourceRequest, type TagsRequest } from "../../shared/domain/requests.ts";
import { changeEnvironment } from "../../shared/runtime/change-environment.ts";

interface Ports {
  readonly environments: Environments;
  readonly pool: Pool;
}

export const handler = apiHandler(TagResourceRequest, tagResource, () => ({
  environments: environments(),
  pool: pool(),
}));

/** Adds tags, or replaces those of the same key. Safe to repeat. */
export async function tagResource(request: TagsRequest, ports: Ports) {
  const name = nameOfArn(request.ResourceArn, ports.pool);
  const changed = await changeEnvironment({ name }, ({ tags }) => ({ tags: tagged(tags, request.Tags) }), ports);
  if (!changed) throw notFound(name);
  return {};
}
