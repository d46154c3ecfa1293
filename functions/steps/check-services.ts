// Do the agents report every component healthy?
import { deadlineOf } from "../../shared/domain/check-deadline.ts";
import type { CreatePlan } from "../../shared/domain/plan-create.ts";
import type { UpdatePlan } from "../../shared/domain/plan-update.ts";
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import { servicesVerdict } from "../../shared/domain/verdict.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { type CheckStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly containers: Containers;
  readonly controlBucket: ControlBucket;
}

export const checkServices: CheckStep<Ports, CreatePlan | UpdatePlan | UpgradePlan> = {
  deadlineSeconds: (plan) => deadlineOf(plan, "check-services"),
  async check({ plan }, { containers, controlBucket }) {
    if (plan.services.length === 0) return { verdict: "ready", reason: "no service is new" };
    const [services, reports] = await Promise.all([
      containers.observe(plan.services.map((spec) => spec.name)),
      controlBucket.reports(plan.names.prefix),
    ]);
    return servicesVerdict(plan.services, services, reports);
  },
};

export const handler = stepHandler(checkServices, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  controlBucket: controlBucket(),
}));
