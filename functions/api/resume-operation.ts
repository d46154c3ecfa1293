// Extension: POST /environments/{Name}/operations/{OperationId}/resume. A stuck operation is started again from the top.
import { HangarError } from "../../shared/domain/errors.ts";
import { resumed } from "../../shared/domain/operation-control.ts";
import { operationView } from "../../shared/domain/operation-view.ts";
import { executionName } from "../../shared/domain/sweep.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import type { Workflows } from "../../shared/ports/workflows.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { workflows } from "../../shared/runtime/provide/workflows.ts";
import { OperationRequest } from "../../shared/domain/extension-requests.ts";
import { findOperation } from "../../shared/runtime/operation-lookup.ts";

interface Ports {
  readonly environments: Environments;
  readonly operations: Operations;
  readonly workflows: Workflows;
  readonly clock: Clock;
}

export const handler = apiHandler(OperationRequest, resumeOperation, () => ({
  environments: environments(),
  operations: operations(),
  workflows: workflows(),
  clock: clock(),
}));

/** Takes the outcome back, points the record to the operation again, and starts its machine under the next attempt's name. */
export async function resumeOperation(request: OperationRequest, ports: Ports) {
  const { environment, operation } = await findOperation(request, ports);
  const changes = resumed(operation, environment, ports.clock.now());
  const written = await ports.operations.update(operation, changes.operation);
  if (!written)
    throw new HangarError("ConcurrentChange", "Another request changed the operation. Look at it, then try again.");
  const pointing = { ...environment, ...changes.environment, generation: environment.generation + 1 };
  await ports.environments.replace(pointing, environment.generation);
  const { operationId, attempt } = written;
  await ports.workflows.start(written.kind, executionName(written), { operationId, attempt });
  return { Operation: operationView(written) };
}
