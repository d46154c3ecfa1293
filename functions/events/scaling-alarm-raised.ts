// An alarm of an environment's load was raised, or scaling reminds itself: its workers are looked at.
import { environmentsToLookAt } from "../../shared/domain/scaling-events.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { forEachEnvironment } from "../../shared/runtime/each-environment.ts";
import { queueHandler } from "../../shared/runtime/event-handler.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { loadMetrics } from "../../shared/runtime/provide/load-metrics.ts";
import { reminders } from "../../shared/runtime/provide/reminders.ts";
import { type ScalerPorts, scaleWorkers } from "../../shared/runtime/scaler.ts";

export const handler = queueHandler(scalingAlarmRaised, () => ({
  environments: environments(),
  containers: containers(),
  controlBucket: controlBucket(),
  loadMetrics: loadMetrics(),
  reminders: reminders(),
  clock: clock(),
  identifiers: identifiers(),
  pool: pool(),
}));

/**
 * One environment's trouble does not keep the others waiting: they are looked at all the same.
 * @param bodies EventBridge events of CloudWatch and reminders, as JSON text; a hint each
 * @throws Error of an environment that could not be looked at, once all have been tried: the batch is repeated
 */
export async function scalingAlarmRaised(bodies: readonly string[], ports: ScalerPorts): Promise<void> {
  await forEachEnvironment(environmentsToLookAt(bodies), "workers not scaled", ({ name, raised }) =>
    scaleWorkers(name, ports, { raised }),
  );
}
