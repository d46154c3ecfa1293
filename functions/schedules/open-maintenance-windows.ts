// Opens maintenance windows: begins in them what was asked for, or a newer image of the version that runs; and starts updates that
// were queued while one was being maintained.
import { wantsPatch } from "../../shared/domain/window-opening.ts";
import type { AcceptingPorts } from "../../shared/runtime/accept-update.ts";
import { forEachEnvironment } from "../../shared/runtime/each-environment.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { scheduleHandler } from "../../shared/runtime/event-handler.ts";
import { maintain } from "../../shared/runtime/maintenance.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import { workflows } from "../../shared/runtime/provide/workflows.ts";

export const handler = scheduleHandler(openMaintenanceWindows, () => ({
  environments: environments(),
  operations: operations(),
  workflows: workflows(),
  sourceBuckets: sourceBuckets(),
  controlBucket: controlBucket(),
  clock: clock(),
  identifiers: identifiers(),
  pool: pool(),
}));

/**
 * Safe to repeat, to run beside itself and to be cut off anywhere: a window is opened by the write that begins what is done in it.
 * @throws Error the first one, once every environment was tried
 */
export async function openMaintenanceWindows(ports: AcceptingPorts): Promise<void> {
  const waiting = (await ports.environments.all()).filter(
    (environment) => environment.pending || wantsPatch(environment, ports.pool),
  );
  await forEachEnvironment(waiting, "environment not maintained", (environment) => maintain(environment, ports));
}
