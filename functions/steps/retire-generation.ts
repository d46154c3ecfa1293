// After the commit: removes what the new generation replaced, but for the sealed database, which is the snapshot. No undo: the
// record lists what is still to go, and finish-upgrades repeats it where this fails for good.
import { type RemovalPorts, removeLeftBehind } from "../../shared/runtime/after-upgrade.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { taskQueues } from "../../shared/runtime/provide/task-queues.ts";
import { webAddresses } from "../../shared/runtime/provide/web-addresses.ts";
import { removeRetired } from "../../shared/runtime/retirement.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

export const retireGeneration: EffectStep<RemovalPorts> = {
  async run({ operation }, ports) {
    const removed = await removeRetired(operation.environmentName, ports);
    await removeLeftBehind(operation, ports);
    return { removed };
  },
};

export const handler = stepHandler(retireGeneration, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  databases: databases(),
  environments: environments(),
  taskQueues: taskQueues(),
  webAddresses: webAddresses(),
}));
