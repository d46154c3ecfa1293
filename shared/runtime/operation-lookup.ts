// An environment's operation by its id, as the extension's paths name it.
import { HangarError } from "../domain/errors.ts";
import type { OperationRequest } from "../domain/extension-requests.ts";
import { notFound } from "../domain/gates.ts";
import type { EnvironmentItem, OperationItem } from "../domain/items.ts";
import { isVoid } from "../domain/operation-view.ts";
import type { Environments } from "../ports/environments.ts";
import type { Operations } from "../ports/operations.ts";

export interface LookupPorts {
  readonly environments: Environments;
  readonly operations: Operations;
}

/** @throws EnvironmentNotFound, OperationNotFound: also for one of another environment */
export async function findOperation(
  { Name, OperationId }: OperationRequest,
  ports: LookupPorts,
): Promise<{ readonly environment: EnvironmentItem; readonly operation: OperationItem }> {
  const [environment, operation] = await Promise.all([ports.environments.get(Name), ports.operations.get(OperationId)]);
  if (!environment) throw notFound(Name);
  if (operation && !isVoid(operation, environment)) return { environment, operation };
  throw new HangarError(
    "OperationNotFound",
    `Environment ${Name} has no operation ${OperationId}. List them: GET /environments/${Name}/operations`,
  );
}
