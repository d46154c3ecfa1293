// Did the canary run go through scheduler, queue and worker?
import type { CreatePlan } from "../../shared/domain/plan-create.ts";
import { canaryVerdict } from "../../shared/domain/verdict.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { type CheckStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly controlBucket: ControlBucket;
}

export const checkCanary: CheckStep<Ports, CreatePlan> = {
  deadlineSeconds: (plan) => plan.deadlineSeconds.canary,
  async check({ plan }, { controlBucket }) {
    return canaryVerdict(plan.canaryId, await controlBucket.reports(plan.names.prefix));
  },
};

export const handler = stepHandler(checkCanary, () => ({
  operations: operations(),
  clock: clock(),
  controlBucket: controlBucket(),
}));
