// Extension: GET /environments/{Name}/access. Who gets which Airflow role.
import type { Environments } from "../../shared/ports/environments.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { GetEnvironmentRequest, type NamedRequest } from "../../shared/domain/requests.ts";
import { findEnvironment } from "../../shared/runtime/environment-lookup.ts";

interface Ports {
  readonly environments: Environments;
}

export const handler = apiHandler(GetEnvironmentRequest, getAccess, () => ({
  environments: environments(),
}));

/** The table, in the order in which it is read: the first entry that fits counts. */
export async function getAccess(request: NamedRequest, ports: Ports) {
  const environment = await findEnvironment(request.Name, ports);
  return { Entries: environment.access.map(({ principal, role }) => ({ Principal: principal, Role: role })) };
}
