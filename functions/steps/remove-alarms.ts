// Removes the environment's alarms, first of all: what is taken down raises none. No undo: delete only goes forward.
import type { DeletePlan } from "../../shared/domain/plan-delete.ts";
import type { Alarms } from "../../shared/ports/alarms.ts";
import { alarms } from "../../shared/runtime/provide/alarms.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly alarms: Alarms;
}

export const removeAlarms: EffectStep<Ports, DeletePlan> = {
  async run({ plan }, { alarms }) {
    await alarms.remove(plan.alarms ?? []);
  },
};

export const handler = stepHandler(removeAlarms, () => ({
  operations: operations(),
  clock: clock(),
  alarms: alarms(),
}));
