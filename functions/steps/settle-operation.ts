// Gives the record the failure of an operation that was undone or got stuck. No rung of a ladder, so no journal: its
// writes are conditional on the operation id and safe to repeat.
import { settleStates } from "../../shared/domain/ladders.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operationOutcomes } from "../../shared/runtime/provide/operation-outcomes.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { type SettlementPorts, settleOperation } from "../../shared/runtime/settlement.ts";
import type { StepEvent } from "../../shared/runtime/step-handler.ts";
import { StepRefusal } from "../../shared/runtime/step-errors.ts";

export const handler = (event: StepEvent) =>
  settle(event, {
    environments: environments(),
    operations: operations(),
    operationOutcomes: operationOutcomes(),
    clock: clock(),
  });

/** @returns how the operation ended; a commit that came first is `succeeded` */
export async function settle(event: StepEvent, ports: SettlementPorts): Promise<{ outcome: string }> {
  const operation = await ports.operations.get(event.operationId);
  if (operation && event.attempt < operation.attempt)
    throw new StepRefusal("StaleAttempt", "a later attempt has taken over");
  const outcome = settleStates[event.state as keyof typeof settleStates];
  if (!outcome) throw new Error(`${event.state} is no state that settles an operation.`);
  return { outcome: await settleOperation(event.operationId, outcome, ports) };
}
