// Uploads become a release: one listing serves a whole batch of events. An event is a hint; the bucket is the truth.
import { environmentsTouched, requesterOf } from "../../shared/domain/source-events.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { queueHandler } from "../../shared/runtime/event-handler.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import type { SettlerPorts } from "../../shared/runtime/candidate-settler.ts";
import { publishRelease } from "../../shared/runtime/release-publisher.ts";

export const handler = queueHandler(sourceObjectsChanged, () => ({
  environments: environments(),
  sourceBuckets: sourceBuckets(),
  controlBucket: controlBucket(),
  clock: clock(),
  sync: pool().sync,
}));

/** @param bodies EventBridge events of S3, as JSON text */
export async function sourceObjectsChanged(bodies: readonly string[], ports: SettlerPorts): Promise<void> {
  const touched = environmentsTouched(bodies, await ports.environments.all());
  const options = { by: requesterOf(bodies) ?? "unknown", quiet: ports.sync };
  await Promise.all(touched.map((environment) => publishRelease(environment, ports, options)));
}
