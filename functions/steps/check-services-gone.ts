// Has every task of the environment stopped?
import type { DeletePlan } from "../../shared/domain/plan-delete.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { type CheckStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly containers: Containers;
}

export const checkServicesGone: CheckStep<Ports, DeletePlan> = {
  deadlineSeconds: (plan) => plan.deadlineSeconds.stopped,
  async check({ plan }, { containers }) {
    const services = await containers.observe(plan.services);
    const running = services.flatMap((service) => service.runningTaskIds);
    return running.length
      ? { verdict: "notYet", reason: `${running.length} tasks are still stopping` }
      : { verdict: "ready", reason: "no task runs" };
  },
};

export const handler = stepHandler(checkServicesGone, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
}));
