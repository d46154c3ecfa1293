// Did the canary run go through scheduler, queue and worker?
import { deadlineOf } from "../../shared/domain/check-deadline.ts";
import type { CreatePlan } from "../../shared/domain/plan-create.ts";
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import { canaryVerdict } from "../../shared/domain/verdict.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { type CheckStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly controlBucket: ControlBucket;
}

export const checkCanary: CheckStep<Ports, CreatePlan | UpgradePlan> = {
  deadlineSeconds: (plan) => deadlineOf(plan, "check-canary"),
  async check({ plan }, { controlBucket }) {
    const id = plan.type === "create-environment" ? plan.canaryId : plan.canary.id;
    return canaryVerdict(id, await controlBucket.reports(plan.names.prefix));
  },
};

export const handler = stepHandler(checkCanary, () => ({
  operations: operations(),
  clock: clock(),
  controlBucket: controlBucket(),
}));
