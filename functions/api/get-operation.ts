// Extension: GET /environments/{Name}/operations/{OperationId}. One operation, step by step.
import { operationView } from "../../shared/domain/operation-view.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { OperationRequest } from "../../shared/domain/extension-requests.ts";
import { findOperation } from "../../shared/runtime/operation-lookup.ts";

interface Ports {
  readonly environments: Environments;
  readonly operations: Operations;
}

export const handler = apiHandler(OperationRequest, getOperation, () => ({
  environments: environments(),
  operations: operations(),
}));

/** Shows how an operation stands. */
export async function getOperation(request: OperationRequest, ports: Ports) {
  const { operation } = await findOperation(request, ports);
  return { Operation: operationView(operation) };
}
