// Asks the old scheduler, DAG processor and triggerer to stop and the old workers to finish what they have, by the record and
// the control document. Undo withdraws it; workers that had let go for good are replaced by new tasks.
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import { giveOrders, replaceReleased } from "../../shared/runtime/drain-orders.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";
import { showUpgradePhase } from "../../shared/runtime/upgrade-phase.ts";

interface Ports {
  readonly containers: Containers;
  readonly controlBucket: ControlBucket;
  readonly environments: Environments;
  readonly operations: Operations;
}

export const pauseScheduling: EffectStep<Ports, UpgradePlan> = {
  async run({ operation, plan }, ports) {
    const order = { id: operation.operationId, generation: plan.generation.from };
    await giveOrders(operation, { pause: order, drains: [{ ...order, role: "worker" }] }, ports);
  },
  async undo({ operation, plan }, ports) {
    await showUpgradePhase(operation, ports);
    const epoch = (await giveOrders(operation, { pause: null, drains: [] }, ports)) ?? 0;
    const { service } = plan.old.find(({ role }) => role === "worker")!;
    // a worker that UndoStopServices has just started lets go of nothing before it has reported
    await replaceReleased({ service, prefix: plan.names.prefix, epoch }, ports, "those that have reported");
  },
};

export const handler = stepHandler(pauseScheduling, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  controlBucket: controlBucket(),
  environments: environments(),
}));
