// Extension: PUT /environments/{Name}/access. Replaces the table of who gets which Airflow role.
import { notFound } from "../../shared/domain/gates.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { PutAccessRequest } from "../../shared/domain/extension-requests.ts";
import { changeEnvironment } from "../../shared/runtime/change-environment.ts";

interface Ports {
  readonly environments: Environments;
}

export const handler = apiHandler(PutAccessRequest, putAccess, () => ({
  environments: environments(),
}));

/** Takes effect with the next sign-in. Safe to repeat. */
export async function putAccess(request: PutAccessRequest, ports: Ports) {
  const access = request.Entries.map(({ Principal, Role }) => ({ principal: Principal, role: Role }));
  if (!(await changeEnvironment({ name: request.Name }, () => ({ access }), ports))) throw notFound(request.Name);
  return {};
}
