// Looks at every environment's workers: covers lost alarms and reminders, and decisions that were cut off.
import { pool } from "../../shared/runtime/environment.ts";
import { scheduleHandler } from "../../shared/runtime/event-handler.ts";
import { errorFields, logger } from "../../shared/runtime/logger.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { loadMetrics } from "../../shared/runtime/provide/load-metrics.ts";
import { reminders } from "../../shared/runtime/provide/reminders.ts";
import { type ScalerPorts, scaleWorkers, scalesNow } from "../../shared/runtime/scaler.ts";

export const handler = scheduleHandler(reconcileScaling, () => ({
  environments: environments(),
  containers: containers(),
  controlBucket: controlBucket(),
  loadMetrics: loadMetrics(),
  reminders: reminders(),
  clock: clock(),
  identifiers: identifiers(),
  pool: pool(),
}));

/** One environment's trouble does not keep the others waiting. */
export async function reconcileScaling(ports: ScalerPorts): Promise<void> {
  for (const environment of (await ports.environments.all()).filter(scalesNow)) {
    try {
      await scaleWorkers(environment.name, ports);
    } catch (error) {
      logger.error("workers not scaled", { environment: environment.name, ...errorFields(error) });
    }
  }
}
