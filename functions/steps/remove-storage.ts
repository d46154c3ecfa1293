// Empties the environment's prefix of the control bucket. No undo: delete only goes forward.
import { HangarError } from "../../shared/domain/errors.ts";
import type { DeletePlan } from "../../shared/domain/plan-delete.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly controlBucket: ControlBucket;
}

export const removeStorage: EffectStep<Ports, DeletePlan> = {
  async run({ plan }, { controlBucket }) {
    if (await controlBucket.empty(plan.names.prefix)) return;
    throw new HangarError("DependencyUnavailable", "There is more to delete than one call may; the step is repeated.");
  },
};

export const handler = stepHandler(removeStorage, () => ({
  operations: operations(),
  clock: clock(),
  controlBucket: controlBucket(),
}));
