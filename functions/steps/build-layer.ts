// Copies plugins, requirements and startup script by content and starts the one-off task that builds a layer of them. Undo
// stops that task; a layer that was built by then stays, to be removed with the rest that nobody uses.
import type { LayerOutput } from "../../shared/domain/layer.ts";
import type { CreatePlan } from "../../shared/domain/plan-create.ts";
import type { UpdatePlan } from "../../shared/domain/plan-update.ts";
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import type { SourceBuckets } from "../../shared/ports/source-buckets.ts";
import { copyFiles, startBuild, stopBuild } from "../../shared/runtime/layer-builder.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";
import { showUpgradePhase } from "../../shared/runtime/upgrade-phase.ts";

interface Ports {
  readonly clock: Clock;
  readonly containers: Containers;
  readonly controlBucket: ControlBucket;
  readonly environments: Environments;
  readonly operations: Operations;
  readonly sourceBuckets: SourceBuckets;
}

export const buildLayer: EffectStep<Ports, CreatePlan | UpdatePlan | UpgradePlan> = {
  async run({ operation, plan }, ports): Promise<LayerOutput> {
    if (plan.layer.kind === "keep") return plan.layer.layer;
    const subject = { environmentId: operation.environmentId, names: plan.names };
    const layer = await copyFiles(subject, plan.layer.build, ports);
    await startBuild(subject, plan.layer.build, layer, plan.layer.task, operation.operationId, ports);
    return layer;
  },
  async undo({ operation, plan }, ports) {
    if (plan.type === "upgrade-environment") await showUpgradePhase(operation, ports);
    if (plan.layer.kind === "keep") return;
    const subject = { environmentId: operation.environmentId, names: plan.names };
    await stopBuild(subject, operation.operationId, ports);
  },
};

export const handler = stepHandler(buildLayer, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  controlBucket: controlBucket(),
  environments: environments(),
  sourceBuckets: sourceBuckets(),
}));
