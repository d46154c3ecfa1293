// A check has come: its candidate is settled. An event is a hint; what lies in the control bucket is the truth.
import { environmentsChecked } from "../../shared/domain/source-events.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { settleRelease, type SettlerPorts } from "../../shared/runtime/candidate-settler.ts";
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

/** @param bodies EventBridge events of the control bucket, as JSON text */
export async function candidateChecked(bodies: readonly string[], ports: SettlerPorts): Promise<void> {
  const checked = environmentsChecked(bodies, await ports.environments.all());
  for (const environment of checked) await settleRelease(environment, ports);
}
