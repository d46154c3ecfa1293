// The pivot: one conditional write gives the record its outcome. No undo: from here on the operation goes forward only.
import { HangarError } from "../../shared/domain/errors.ts";
import type { OperationItem, OperationPlan } from "../../shared/domain/items.ts";
import { alreadyCommitted, committed } from "../../shared/domain/outcome.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { OperationOutcomes } from "../../shared/ports/operation-outcomes.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operationOutcomes } from "../../shared/runtime/provide/operation-outcomes.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";
import { tellOutcome } from "../../shared/runtime/tell-outcome.ts";

interface Ports {
  readonly environments: Environments;
  readonly operationOutcomes: OperationOutcomes;
}

export const commitOperation: EffectStep<Ports, OperationPlan> = {
  async run({ operation, now }, { environments, operationOutcomes }) {
    const answer = await commit(operation, now, environments);
    // an environment that is gone has no alarm, and is to be no metric either
    if (answer.status !== "DELETED") await tellOutcome(operation, false, operationOutcomes);
    return answer;
  },
};

async function commit(operation: OperationItem, now: number, environments: Environments): Promise<{ status: string }> {
  const environment = await environments.get(operation.environmentName);
  if (environment?.operationId !== operation.operationId) return alreadyCommitted(operation, environment);
  const next = committed(environment, operation, now);
  const { operationId } = operation;
  const written = next
    ? await environments.settle(next, { generation: environment.generation, operationId })
    : await environments.remove(environment.name, operationId);
  if (!written) throw new HangarError("ConcurrentChange", "The record changed while the operation was committed.");
  return { status: next?.status ?? "DELETED" };
}

export const handler = stepHandler(commitOperation, () => ({
  operations: operations(),
  clock: clock(),
  environments: environments(),
  operationOutcomes: operationOutcomes(),
}));
