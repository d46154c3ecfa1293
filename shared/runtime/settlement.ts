// How an operation ends that did not commit: the operation item first, then the record that points to it.
import type { OperationItem } from "../domain/items.ts";
import { settled } from "../domain/outcome.ts";
import { ladderOf } from "../domain/ladders.ts";
import { isPastCommit } from "../domain/step-door.ts";
import type { Clock } from "../ports/clock.ts";
import type { Environments } from "../ports/environments.ts";
import type { OperationOutcomes } from "../ports/operation-outcomes.ts";
import type { Operations } from "../ports/operations.ts";
import { countOutcome } from "./metrics.ts";
import { tellOutcome } from "./tell-outcome.ts";

export interface SettlementPorts {
  readonly environments: Environments;
  readonly operations: Operations;
  readonly operationOutcomes: OperationOutcomes;
  readonly clock: Clock;
}

const attempts = 5;

/**
 * Settles an operation as rolled back or stuck. Safe to repeat. An operation whose commit has already reached the
 * record is left as it is.
 * @returns how the operation ended, which a commit may have decided before us
 */
export async function settleOperation(
  operationId: string,
  outcome: "rolledBack" | "stuck",
  ports: SettlementPorts,
): Promise<"succeeded" | "rolledBack" | "stuck"> {
  for (let tries = 0; tries < attempts; tries++) {
    const operation = await ports.operations.get(operationId);
    if (!operation) return outcome;
    const environment = await ports.environments.get(operation.environmentName);
    const pointsHere = environment?.operationId === operationId;
    if (!pointsHere) return ended(operation, outcome);
    if (operation.outcome === null) {
      if (!(await ports.operations.update(operation, { outcome, endedAt: ports.clock.now(), lease: null }))) continue;
    }
    // before the write after which a repeat finds nothing left to do
    await tellOutcome(operation, outcome === "stuck", ports.operationOutcomes);
    const record = settled(environment, operation, outcome, ports.clock.now());
    if (await ports.environments.settle(record, { generation: environment.generation, operationId })) {
      countOutcome(operation.kind, outcome);
      return outcome;
    }
  }
  throw new Error(`Operation ${operationId} could not be settled: its items kept changing.`);
}

/** Nothing points to the operation any more: either its commit came through, or it was settled before. */
function ended(operation: OperationItem, asked: "rolledBack" | "stuck"): "succeeded" | "rolledBack" | "stuck" {
  if (operation.outcome !== null) return operation.outcome;
  return isPastCommit(operation, ladderOf(operation.kind)) ? "succeeded" : asked;
}
