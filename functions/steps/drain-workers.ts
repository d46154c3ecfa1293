// Asks the old workers to finish what they have and to take nothing new (GRACEFUL): the record says so, and with it the
// control document. Undo lets them go on; those that had let go for good are replaced by new tasks.
import type { Drain } from "../../shared/domain/control-document.ts";
import type { UpdatePlan } from "../../shared/domain/plan-update.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { giveOrders, replaceReleased } from "../../shared/runtime/drain-orders.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly containers: Containers;
  readonly controlBucket: ControlBucket;
  readonly environments: Environments;
}

export const drainWorkers: EffectStep<Ports, UpdatePlan> = {
  async run({ plan, operation }, ports) {
    if (!plan.drain) return;
    const drain: Drain = { id: operation.operationId, role: "worker", generation: plan.drain.generation };
    await giveOrders(operation, { drains: [drain] }, ports);
  },
  async undo({ plan, operation }, ports) {
    if (!plan.drain) return;
    const epoch = (await giveOrders(operation, { drains: [] }, ports)) ?? 0;
    await replaceReleased({ service: plan.drain.service, prefix: plan.names.prefix, epoch }, ports);
  },
};

export const handler = stepHandler(drainWorkers, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  controlBucket: controlBucket(),
  environments: environments(),
}));
