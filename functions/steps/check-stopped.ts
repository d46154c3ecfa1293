// Is no old task left, none that ends either?
import type { Containers } from "../../shared/ports/containers.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { stepHandler } from "../../shared/runtime/step-handler.ts";
import { lookAtOld } from "../../shared/runtime/upgrade-look.ts";
import { upgradeCheck } from "../../shared/runtime/upgrade-steps.ts";

interface Ports {
  readonly containers: Containers;
}

export const checkStopped = upgradeCheck<Ports>("check-stopped", async ({ plan }, ports) => {
  const seen = await lookAtOld(plan, ports, "run");
  return { seen, because: `${seen.oldTasks} of them` };
});

export const handler = stepHandler(checkStopped, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
}));
