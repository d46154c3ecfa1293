// Have the old workers finished their tasks and let go for good? At once, where none was asked to (FORCED).
import type { UpdatePlan } from "../../shared/domain/plan-update.ts";
import { drainVerdict } from "../../shared/domain/worker-drain.ts";
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

export const checkDrained: CheckStep<Ports, UpdatePlan> = {
  deadlineSeconds: (plan) => plan.deadlineSeconds.drained,
  async check({ plan, operation }, { containers, controlBucket }) {
    if (!plan.drain) return { verdict: "ready", reason: "no worker was asked to finish" };
    const [[service], reports] = await Promise.all([
      containers.observe([plan.drain.service]),
      controlBucket.reports(plan.names.prefix),
    ]);
    return drainVerdict(operation.operationId, service?.runningTaskIds ?? [], reports);
  },
};

export const handler = stepHandler(checkDrained, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  controlBucket: controlBucket(),
}));
