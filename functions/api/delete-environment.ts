// MWAA API: DeleteEnvironment. Load, decide, commit, start.
import { DeletionRequest } from "../../shared/domain/extension-requests.ts";
import { canDelete } from "../../shared/domain/gates.ts";
import { planDelete } from "../../shared/domain/plan-delete.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { executionName } from "../../shared/domain/sweep.ts";
import type { Clock, Identifiers } from "../../shared/ports/clock.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import type { Workflows } from "../../shared/ports/workflows.ts";
import { apiHandler, type Caller } from "../../shared/runtime/api-handler.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { workflows } from "../../shared/runtime/provide/workflows.ts";

interface Ports {
  readonly environments: Environments;
  readonly operations: Operations;
  readonly workflows: Workflows;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly pool: Pool;
}

export const handler = apiHandler(DeletionRequest, deleteEnvironment, () => ({
  environments: environments(),
  operations: operations(),
  workflows: workflows(),
  clock: clock(),
  identifiers: identifiers(),
  pool: pool(),
}));

/**
 * Accepts a delete and starts its ladder; repeated while DELETING it changes nothing. Bucket and logs stay, and the database for
 * a week as its last snapshot, unless the request says otherwise.
 */
export async function deleteEnvironment(request: DeletionRequest, ports: Ports, caller: Caller) {
  const environment = await ports.environments.get(request.Name);
  if (canDelete(environment, request.Name) === "repeat") return {};
  const deleting = planDelete(environment!, {
    operationId: ports.identifiers.operationId(),
    caller: caller.arn,
    pool: ports.pool,
    now: ports.clock.now(),
    skipFinalSnapshot: request.SkipFinalSnapshot,
  });
  const { operation } = deleting;
  await ports.operations.create(operation);
  await ports.environments.replace(deleting.environment, environment!.generation);
  await ports.workflows.start(operation.kind, executionName(operation), {
    operationId: operation.operationId,
    attempt: 1,
  });
  return {};
}
