// Covers lost upload events and control documents that were not written: compares every environment with its bucket.
import { takesReleases } from "../../shared/domain/source-events.ts";
import { publishControl } from "../../shared/runtime/control-publisher.ts";
import { scheduleHandler } from "../../shared/runtime/event-handler.ts";
import { errorFields, logger } from "../../shared/runtime/logger.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import { type PublisherPorts, publishRelease } from "../../shared/runtime/release-publisher.ts";

export const handler = scheduleHandler(reconcileReleases, () => ({
  environments: environments(),
  sourceBuckets: sourceBuckets(),
  controlBucket: controlBucket(),
  clock: clock(),
}));

/** One environment's trouble (a deleted bucket, say) does not keep the others waiting. */
export async function reconcileReleases(ports: PublisherPorts): Promise<void> {
  for (const environment of (await ports.environments.all()).filter(takesReleases)) {
    try {
      await publishRelease(environment, ports);
      await publishControl({ environmentName: environment.name, environmentId: environment.environmentId }, ports);
    } catch (error) {
      logger.error("environment not reconciled", { environment: environment.name, ...errorFields(error) });
    }
  }
}
