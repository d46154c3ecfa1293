// Gives services that stay the number of tasks the plan says. Undo gives the old number back.
import type { UpdatePlan } from "../../shared/domain/plan-update.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly containers: Containers;
}

export const scaleServices: EffectStep<Ports, UpdatePlan> = {
  async run({ plan }, { containers }) {
    for (const { service, to } of plan.scaled) await containers.scale(service, to);
  },
  async undo({ plan }, { containers }) {
    for (const { service, from } of plan.scaled) await containers.scale(service, from);
  },
};

export const handler = stepHandler(scaleServices, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
}));
