// Uploads become a release: one listing serves a whole batch of events. An event is a hint; the bucket is the truth.
import type { EnvironmentItem } from "../../shared/domain/items.ts";
import { environmentsTouched, requesterOf } from "../../shared/domain/source-events.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { forEachEnvironment } from "../../shared/runtime/each-environment.ts";
import { queueHandler } from "../../shared/runtime/event-handler.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import type { SettlerPorts } from "../../shared/runtime/candidate-settler.ts";
import { noteEvent } from "../../shared/runtime/event-noter.ts";
import { publishRelease } from "../../shared/runtime/release-publisher.ts";

export const handler = queueHandler(sourceObjectsChanged, () => ({
  environments: environments(),
  sourceBuckets: sourceBuckets(),
  controlBucket: controlBucket(),
  clock: clock(),
  sync: pool().sync,
}));

/** Buckets read at a time: of each the listing is held in memory. */
const atOnce = 20;

/**
 * One environment's trouble does not keep the others waiting.
 * @param bodies EventBridge events of S3, as JSON text
 * @throws Error of an environment that got no candidate, once all have been tried: the batch is repeated
 */
export async function sourceObjectsChanged(bodies: readonly string[], ports: SettlerPorts): Promise<void> {
  const touched = environmentsTouched(bodies, await ports.environments.all());
  const options = { by: requesterOf(bodies) ?? "unknown", quiet: ports.sync };
  const publish = async (environment: EnvironmentItem) => {
    await noteEvent(environment, ports); // first: what follows may take long, and a release found meanwhile asks for it
    await publishRelease(environment, ports, options);
  };
  await forEachEnvironment(touched, "upload not published", publish, atOnce);
}
