// Covers lost events and control documents that were not written: settles candidates, compares every environment with
// its bucket and with the layer that runs.
import { takesReleases } from "../../shared/domain/source-events.ts";
import { foundByLooking } from "../../shared/domain/release-history.ts";
import { settleRelease, type SettlerPorts } from "../../shared/runtime/candidate-settler.ts";
import { publishControl } from "../../shared/runtime/control-publisher.ts";
import { bringLayerLevel } from "../../shared/runtime/layer-noter.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { scheduleHandler } from "../../shared/runtime/event-handler.ts";
import { errorFields, logger } from "../../shared/runtime/logger.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import { publishRelease } from "../../shared/runtime/release-publisher.ts";

export const handler = scheduleHandler(reconcileReleases, () => ({
  environments: environments(),
  sourceBuckets: sourceBuckets(),
  controlBucket: controlBucket(),
  clock: clock(),
  sync: pool().sync,
}));

/** One environment's trouble (a deleted bucket, say) does not keep the others waiting. */
export async function reconcileReleases(ports: SettlerPorts): Promise<void> {
  for (const environment of (await ports.environments.all()).filter(takesReleases)) {
    try {
      await bringLayerLevel(environment, undefined, ports);
      await settleRelease(environment, ports);
      await publishRelease(environment, ports, { by: foundByLooking });
      await publishControl({ environmentName: environment.name, environmentId: environment.environmentId }, ports);
    } catch (error) {
      logger.error("environment not reconciled", { environment: environment.name, ...errorFields(error) });
    }
  }
}
