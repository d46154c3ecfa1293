// A check has come: its candidate is settled. An event is a hint; what lies in the control bucket is the truth.
import { environmentsChecked } from "../../shared/domain/source-events.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { settleRelease, type SettlerPorts } from "../../shared/runtime/candidate-settler.ts";
import { forEachEnvironment } from "../../shared/runtime/each-environment.ts";
import { queueHandler } from "../../shared/runtime/event-handler.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";

export const handler = queueHandler(candidateChecked, () => ({
  environments: environments(),
  sourceBuckets: sourceBuckets(),
  controlBucket: controlBucket(),
  clock: clock(),
  sync: pool().sync,
}));

/**
 * One environment's trouble does not keep the others waiting.
 * @param bodies EventBridge events of the control bucket, as JSON text
 * @throws Error of an environment whose candidate was not settled, once all have been tried: the batch is repeated
 */
export async function candidateChecked(bodies: readonly string[], ports: SettlerPorts): Promise<void> {
  const checked = environmentsChecked(bodies, await ports.environments.all());
  await forEachEnvironment(checked, "candidate not settled", (environment) => settleRelease(environment, ports));
}
