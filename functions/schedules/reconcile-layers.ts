// Compares every environment's layer with what was uploaded, moves it on, and removes layers nobody uses.
import { takesReleases } from "../../shared/domain/source-events.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { scheduleHandler } from "../../shared/runtime/event-handler.ts";
import { type OfferPorts, offerLayer, removeOldLayers } from "../../shared/runtime/layer-offers.ts";
import { errorFields, logger } from "../../shared/runtime/logger.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import { workflows } from "../../shared/runtime/provide/workflows.ts";

export const handler = scheduleHandler(reconcileLayers, () => ({
  environments: environments(),
  operations: operations(),
  workflows: workflows(),
  sourceBuckets: sourceBuckets(),
  controlBucket: controlBucket(),
  containers: containers(),
  clock: clock(),
  identifiers: identifiers(),
  pool: pool(),
}));

/** One environment's trouble (a deleted bucket, say) does not keep the others waiting. */
export async function reconcileLayers(ports: OfferPorts): Promise<void> {
  for (const environment of (await ports.environments.all()).filter(takesReleases)) {
    try {
      await offerLayer(environment.name, ports);
      if (environment.layer) await removeOldLayers(environment, ports);
    } catch (error) {
      logger.error("layer not reconciled", { environment: environment.name, ...errorFields(error) });
    }
  }
}
