// Asks the old workers to finish what they have and to take nothing new (GRACEFUL): the record says so, and with it the
// control document. Undo lets them go on; those that had let go for good are replaced by new tasks.
import type { Drain } from "../../shared/domain/control-document.ts";
import { HangarError } from "../../shared/domain/errors.ts";
import type { OperationItem } from "../../shared/domain/items.ts";
import type { UpdatePlan } from "../../shared/domain/plan-update.ts";
import { withdrawal } from "../../shared/domain/worker-drain.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { changeEnvironment } from "../../shared/runtime/change-environment.ts";
import { publishControl } from "../../shared/runtime/control-publisher.ts";
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
    await setDrains(operation, [drain], ports);
    await publishControl(operation, ports);
  },
  async undo({ plan, operation }, ports) {
    if (!plan.drain) return;
    await setDrains(operation, [], ports);
    const epoch = await publishControl(operation, ports);
    const [[service], reports] = await Promise.all([
      ports.containers.observe([plan.drain.service]),
      ports.controlBucket.reports(plan.names.prefix),
    ]);
    const { released, undecided } = withdrawal(service?.runningTaskIds ?? [], reports, epoch ?? 0);
    await ports.containers.stopTasks(released, "Hangar withdrew the drain this worker had already finished.");
    if (undecided.length > 0) {
      throw new HangarError(
        "DependencyUnavailable",
        `${undecided.length} workers have not read yet that their drain was withdrawn. Try again in a few seconds.`,
      );
    }
  },
};

/** Only while the record points to this operation: a hand that comes late changes nothing. */
async function setDrains(operation: OperationItem, drains: readonly Drain[], ports: Ports): Promise<void> {
  const { environmentName, environmentId, operationId } = operation;
  await changeEnvironment(
    { name: environmentName, environmentId },
    (environment) => (environment.operationId === operationId ? { drains } : undefined),
    ports,
  );
}

export const handler = stepHandler(drainWorkers, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  controlBucket: controlBucket(),
  environments: environments(),
}));
