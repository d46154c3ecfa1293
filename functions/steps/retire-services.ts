// After the commit: removes the services that new ones replaced. No undo; the sweeper repeats it if it is cut off, because
// the record lists what is still to go.
import type { UpdatePlan } from "../../shared/domain/plan-update.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { removeRetired } from "../../shared/runtime/retirement.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly containers: Containers;
  readonly environments: Environments;
}

export const retireServices: EffectStep<Ports, UpdatePlan> = {
  async run({ operation }, ports) {
    return { removed: await removeRetired(operation.environmentName, ports) };
  },
};

export const handler = stepHandler(retireServices, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  environments: environments(),
}));
