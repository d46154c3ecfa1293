// Uploads become a release: one listing serves a whole batch of events. An event is a hint; the bucket is the truth.
import { environmentsTouched } from "../../shared/domain/source-events.ts";
import { queueHandler } from "../../shared/runtime/event-handler.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import { type PublisherPorts, publishRelease } from "../../shared/runtime/release-publisher.ts";

export const handler = queueHandler(sourceObjectsChanged, () => ({
  environments: environments(),
  sourceBuckets: sourceBuckets(),
  controlBucket: controlBucket(),
  clock: clock(),
}));

/** @param bodies EventBridge events of S3, as JSON text */
export async function sourceObjectsChanged(bodies: readonly string[], ports: PublisherPorts): Promise<void> {
  const touched = environmentsTouched(bodies, await ports.environments.all());
  for (const environment of touched) await publishRelease(environment, ports);
}
