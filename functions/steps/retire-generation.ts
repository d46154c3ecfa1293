// After the commit: removes what the new generation replaced, but for the sealed database, which is the snapshot. No undo; the
// sweeper removes services too, as the record lists what is still to go.
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import { canaryQueue } from "../../shared/domain/upgrade-tasks.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { Databases } from "../../shared/ports/databases.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { TaskQueues } from "../../shared/ports/task-queues.ts";
import type { WebAddresses } from "../../shared/ports/web-addresses.ts";
import { changeEnvironment } from "../../shared/runtime/change-environment.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { taskQueues } from "../../shared/runtime/provide/task-queues.ts";
import { webAddresses } from "../../shared/runtime/provide/web-addresses.ts";
import { removeRetired } from "../../shared/runtime/retirement.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly containers: Containers;
  readonly databases: Databases;
  readonly environments: Environments;
  readonly taskQueues: TaskQueues;
  readonly webAddresses: WebAddresses;
}

export const retireGeneration: EffectStep<Ports, UpgradePlan> = {
  async run({ operation, plan }, ports) {
    const removed = await removeRetired(operation.environmentName, ports);
    const { names } = plan.before;
    await ports.webAddresses.remove({ targetGroup: names.targetGroup, host: names.webHost });
    await ports.taskQueues.remove(names.queue);
    await ports.taskQueues.remove(canaryQueue(names));
    const { database, role } = plan.databases.results.before;
    await ports.databases.dropDatabase(database, role);
    await ports.containers.forgetOnce(plan.migration.family);
    await changeEnvironment(
      { name: operation.environmentName, environmentId: operation.environmentId },
      ({ leftBehind = [] }) => {
        const rest = leftBehind.filter(({ targetGroup }) => targetGroup !== names.targetGroup);
        return rest.length === leftBehind.length ? undefined : { leftBehind: rest };
      },
      ports,
    );
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
