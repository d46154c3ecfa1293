// The sweeper: an operation the record points to is started, resumed or marked Stuck, and services an update replaced are
// removed; nothing is forgotten.
import type { Pool } from "../../shared/domain/pool.ts";
import { decideSweep, executionName } from "../../shared/domain/sweep.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { Workflows } from "../../shared/ports/workflows.ts";
import { scheduleHandler } from "../../shared/runtime/event-handler.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { errorFields, logger } from "../../shared/runtime/logger.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operationOutcomes } from "../../shared/runtime/provide/operation-outcomes.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { workflows } from "../../shared/runtime/provide/workflows.ts";
import { removeRetired } from "../../shared/runtime/retirement.ts";
import { type SettlementPorts, settleOperation } from "../../shared/runtime/settlement.ts";

interface Ports extends SettlementPorts {
  readonly containers: Containers;
  readonly workflows: Workflows;
  readonly pool: Pick<Pool, "longestStepSeconds">;
}

export const handler = scheduleHandler(sweepOperations, () => ({
  environments: environments(),
  operations: operations(),
  operationOutcomes: operationOutcomes(),
  workflows: workflows(),
  containers: containers(),
  clock: clock(),
  pool: pool(),
}));

/** Looks at every operation an environment points to; one that fails to be swept does not keep the others waiting. */
export async function sweepOperations(ports: Ports): Promise<void> {
  for (const environment of await ports.environments.all()) {
    if (!environment.operationId && environment.retired.length === 0) continue;
    try {
      if (environment.operationId) await sweep(environment.operationId, ports);
      else await removeRetired(environment.name, ports);
    } catch (error) {
      logger.error("operation not swept", { operationId: environment.operationId, ...errorFields(error) });
    }
  }
}

async function sweep(operationId: string, ports: Ports): Promise<void> {
  const operation = await ports.operations.get(operationId);
  if (!operation) throw new Error("The record points to an operation that does not exist.");
  const execution = await ports.workflows.describe(operation.kind, executionName(operation));
  const decision = decideSweep(operation, execution, ports.clock.now(), ports.pool.longestStepSeconds);
  if (decision.act === "leave") return;
  logger.info("sweep", { operationId, ...decision });
  if (decision.act === "markStuck" || decision.act === "settle") {
    await settleOperation(operationId, operation.outcome === "rolledBack" ? "rolledBack" : "stuck", ports);
    return;
  }
  const raised =
    decision.act === "resume"
      ? await ports.operations.update(operation, {
          attempt: operation.attempt + 1,
          attemptStartedAt: ports.clock.now(),
          lease: null, // its holder was waited out: the longest step is over since the execution ended
          idleAttempts: operation.idleAttempts + 1,
        })
      : operation;
  if (!raised) return; // someone else swept first
  await ports.workflows.start(raised.kind, executionName(raised), { operationId, attempt: raised.attempt });
}
