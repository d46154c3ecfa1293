// Is the layer built? A build that failed is the users' own doing: the reason is the resolver's, in its words.
import { deadlineOf } from "../../shared/domain/check-deadline.ts";
import { type LayerOutput, layerOf } from "../../shared/domain/layer.ts";
import type { CreatePlan } from "../../shared/domain/plan-create.ts";
import type { UpdatePlan } from "../../shared/domain/plan-update.ts";
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import { layerVerdict } from "../../shared/domain/verdict.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import { lastLinesOfBuild, observeBuild } from "../../shared/runtime/layer-builder.ts";
import type { TaskOutput } from "../../shared/ports/task-output.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { taskOutput } from "../../shared/runtime/provide/task-output.ts";
import { type CheckStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly containers: Containers;
  readonly controlBucket: ControlBucket;
  readonly taskOutput: TaskOutput;
}

export const checkLayer: CheckStep<Ports, CreatePlan | UpdatePlan | UpgradePlan> = {
  deadlineSeconds: (plan) => deadlineOf(plan, "check-layer"),
  async check({ operation, plan, output }, ports) {
    const layer: LayerOutput = layerOf(plan.layer, output("build-layer"));
    if (!layer || plan.layer.kind === "keep") return { verdict: "ready", reason: "no layer is to be built" };
    const subject = { environmentId: operation.environmentId, names: plan.names };
    const { result, task } = await observeBuild(subject, layer.key, ports);
    return layerVerdict(result, task);
  },
  lastLines: ({ operation, plan }, ports) =>
    lastLinesOfBuild({ environmentId: operation.environmentId, names: plan.names }, ports),
};

export const handler = stepHandler(checkLayer, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  controlBucket: controlBucket(),
  taskOutput: taskOutput(),
}));
