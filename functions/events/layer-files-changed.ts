// An upload of plugins, requirements or startup script, or the end of a layer's build: the environment's layer moves on.
import { environmentsWithLayerNews } from "../../shared/domain/source-events.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { forEachEnvironment } from "../../shared/runtime/each-environment.ts";
import { queueHandler } from "../../shared/runtime/event-handler.ts";
import { type OfferPorts, offerLayer } from "../../shared/runtime/layer-offers.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import { workflows } from "../../shared/runtime/provide/workflows.ts";

export const handler = queueHandler(layerFilesChanged, () => ({
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

/**
 * One environment's trouble does not keep the others waiting.
 * @param bodies EventBridge events of S3, as JSON text; a hint each: the schedule finds what they miss
 * @throws Error of an environment whose layer did not move on, once all have been tried: the batch is repeated
 */
export async function layerFilesChanged(bodies: readonly string[], ports: OfferPorts): Promise<void> {
  const concerned = environmentsWithLayerNews(bodies, await ports.environments.all());
  await forEachEnvironment(concerned, "layer not moved on", ({ name }) => offerLayer(name, ports));
}
