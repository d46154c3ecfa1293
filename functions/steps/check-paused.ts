// Have the old tasks let go? When the pause has lasted as long as the plan allows, it also says whether to go on without them.
import type { Containers } from "../../shared/ports/containers.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { stepHandler } from "../../shared/runtime/step-handler.ts";
import { lookAtPause } from "../../shared/runtime/upgrade-look.ts";
import { upgradeCheck } from "../../shared/runtime/upgrade-steps.ts";

interface Ports {
  readonly containers: Containers;
  readonly controlBucket: ControlBucket;
}

export const checkPaused = upgradeCheck<Ports>("check-paused", async ({ operation, plan, now }, ports) => {
  const { seen, waitsFor } = await lookAtPause(operation, plan, ports, now);
  return { seen, because: waitsFor };
});

export const handler = stepHandler(checkPaused, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  controlBucket: controlBucket(),
}));
