// Extension: GET /environments/{Name}/operations. What was done to an environment, newest first.
import { isVoid, operationView } from "../../shared/domain/operation-view.ts";
import { pageAfter, pageToken } from "../../shared/domain/paging.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { ListOperationsRequest } from "../../shared/domain/extension-requests.ts";
import { findEnvironment } from "../../shared/runtime/environment-lookup.ts";

interface Ports {
  readonly environments: Environments;
  readonly operations: Operations;
}

export const handler = apiHandler(ListOperationsRequest, listOperations, () => ({
  environments: environments(),
  operations: operations(),
}));

const pageSize = 25;

/** A page of operations, newest first; `NextToken` is absent at the end. */
export async function listOperations(request: ListOperationsRequest, ports: Ports) {
  const environment = await findEnvironment(request.Name, ports);
  const { items, next } = await ports.operations.listOf(request.Name, {
    after: pageAfter(request.NextToken),
    limit: request.MaxResults ?? pageSize,
  });
  const shown = items.filter((operation) => !isVoid(operation, environment));
  return { Operations: shown.map(operationView), ...(next === undefined ? {} : { NextToken: pageToken(next) }) };
}
