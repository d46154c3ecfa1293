// Deletes services, one-off tasks, task definitions and address. No undo: delete only goes forward.
import type { DeletePlan } from "../../shared/domain/plan-delete.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { WebAddresses } from "../../shared/ports/web-addresses.ts";
import { stopBuild } from "../../shared/runtime/layer-builder.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { webAddresses } from "../../shared/runtime/provide/web-addresses.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly containers: Containers;
  readonly controlBucket: ControlBucket;
  readonly webAddresses: WebAddresses;
}

export const removeServices: EffectStep<Ports, DeletePlan> = {
  async run({ operation, plan }, { containers, controlBucket, webAddresses }) {
    await containers.remove(plan.services);
    for (const family of [plan.scratch.family, ...(plan.remains?.tasks ?? [])]) {
      await containers.stopOnce(family, family);
      await containers.forgetOnce(family);
    }
    const subject = { environmentId: operation.environmentId, names: plan.names };
    await stopBuild(subject, undefined, { containers, controlBucket });
    for (const targetGroup of [...(plan.remains?.targetGroups ?? []), plan.names.targetGroup])
      await webAddresses.remove({ targetGroup, host: plan.names.webHost });
  },
};

export const handler = stepHandler(removeServices, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  controlBucket: controlBucket(),
  webAddresses: webAddresses(),
}));
