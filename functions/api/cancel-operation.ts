// Extension: POST /environments/{Name}/operations/{OperationId}/cancel. The operation turns round where it is.
import { HangarError } from "../../shared/domain/errors.ts";
import { cancelled } from "../../shared/domain/operation-control.ts";
import { operationView } from "../../shared/domain/operation-view.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import { apiHandler, type Caller } from "../../shared/runtime/api-handler.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { OperationRequest } from "../../shared/domain/extension-requests.ts";
import { findOperation } from "../../shared/runtime/operation-lookup.ts";
import { showUpgradePhase } from "../../shared/runtime/upgrade-phase.ts";

interface Ports {
  readonly environments: Environments;
  readonly operations: Operations;
}

export const handler = apiHandler(OperationRequest, cancelOperation, () => ({
  environments: environments(),
  operations: operations(),
}));

const attempts = 5;

/** Writes only the direction, and the status that shows it; the operation's own steps undo what they did. Safe to repeat. */
export async function cancelOperation(request: OperationRequest, ports: Ports, caller: Caller) {
  for (let tries = 0; tries < attempts; tries++) {
    const { environment, operation } = await findOperation(request, ports);
    const changes = cancelled(operation, environment, caller.arn);
    const written = changes ? await ports.operations.update(operation, changes) : operation;
    if (!written) continue;
    if (operation.kind === "upgrade-environment") await showUpgradePhase(operation, ports);
    return { Operation: operationView(written) };
  }
  throw new HangarError("ConcurrentChange", "The operation went on while it was to be cancelled. Try again.");
}
