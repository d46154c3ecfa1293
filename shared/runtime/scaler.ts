// One look at an environment's workers: observe, decide, write the record, act. Safe to repeat, to run beside itself and to
// be cut off anywhere: the record is written under the condition of what was read, and the next look acts by it again.
import type { EnvironmentItem } from "../domain/items.ts";
import type { Pool } from "../domain/pool.ts";
import type { Report } from "../domain/reports.ts";
import { decideScaling, type ScalingDecision, type WorkerSeen } from "../domain/scaling.ts";
import { serviceGeneration } from "../domain/names.ts";
import type { Clock, Identifiers } from "../ports/clock.ts";
import type { Containers } from "../ports/containers.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { Environments } from "../ports/environments.ts";
import type { LoadMetrics } from "../ports/load-metrics.ts";
import type { Reminders } from "../ports/reminders.ts";
import { publishControl } from "./control-publisher.ts";

export interface ScalerPorts {
  readonly environments: Environments;
  readonly containers: Containers;
  readonly controlBucket: ControlBucket;
  readonly loadMetrics: LoadMetrics;
  readonly reminders: Reminders;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly pool: Pick<Pool, "scaling">;
}

/**
 * Scales the workers of one environment, if it is one that scales now: an operation in flight has them to itself.
 * @param because.raised an alarm has just been raised: CloudWatch may answer with the measurement that raised it only a
 * moment later, and the alarm will not speak again, so there is always another look after this one
 * @returns the decision that was carried out; undefined when there was none to make, or somebody else made it first
 */
export async function scaleWorkers(
  name: string,
  ports: ScalerPorts,
  because: { readonly raised: boolean } = { raised: false },
): Promise<ScalingDecision | undefined> {
  const environment = await ports.environments.get(name);
  if (!environment || !scalesNow(environment)) return undefined;
  const now = ports.clock.now();
  const facts = ports.pool.scaling;
  const service = environment.names.services.worker;
  const [[observed], reports, load] = await Promise.all([
    ports.containers.observe([service]),
    ports.controlBucket.reports(environment.names.prefix),
    ports.loadMetrics.load(environment, now - (facts.surplusSeconds + facts.staleSeconds) * 1000, now),
  ]);
  if (!observed) return undefined;
  const decision = decideScaling(
    {
      now,
      limits: { min: environment.settings.minWorkers, max: environment.settings.maxWorkers },
      target: environment.workers,
      changedAt: environment.scaling?.changedAt ?? 0,
      drains: environment.drains,
      load,
      // one that stops counts no more: its service has started another, and counted as two they would ask for a third
      workers: observed.runningTaskIds
        .filter((taskId) => !observed.endingTaskIds.includes(taskId))
        .map((taskId) => workerSeen(taskId, reports)),
      desired: observed.desiredCount,
      generation: serviceGeneration(service),
    },
    facts,
    ports.identifiers.operationId(),
  );
  const seconds = because.raised ? facts.againSeconds : decision.againSeconds;
  const remind = seconds !== null && isDue(environment.scaling?.againAt ?? 0, now, seconds);
  const next = recordAfter(environment, decision, now, remind ? now + seconds * 1000 : null);
  if (next && !(await written(next, environment, ports))) return undefined;

  if (decision.desired !== observed.desiredCount) await ports.containers.scale(service, decision.desired);
  if (decision.againSeconds !== null)
    await publishControl({ environmentName: name, environmentId: environment.environmentId }, ports);
  await ports.containers.stopTasks(decision.stop, "Hangar scaled in: this worker has finished its tasks.");
  if (remind) await ports.reminders.remind(environment, seconds);
  return decision;
}

/** One reminder is under way at a time, or a sooner one. */
const isDue = (againAt: number, now: number, seconds: number): boolean =>
  now >= againAt || now + seconds * 1000 < againAt;

/** An environment that runs and that no operation has in its hands. */
export const scalesNow = (environment: Pick<EnvironmentItem, "status" | "operationId">): boolean =>
  environment.operationId === null && ["AVAILABLE", "UPDATE_FAILED"].includes(environment.status);

function workerSeen(taskId: string, reports: readonly Report[]): WorkerSeen {
  const report = reports.find((one) => one.taskId === taskId);
  return { taskId, inHand: report?.inHand ?? null, released: report?.drain?.state === "released" };
}

/** @returns undefined when the record already says so */
function recordAfter(
  environment: EnvironmentItem,
  decision: ScalingDecision,
  now: number,
  againAt: number | null,
): EnvironmentItem | undefined {
  const { workers, drains, scaling } = environment;
  const changed = decision.target !== workers || JSON.stringify(decision.drains) !== JSON.stringify(drains);
  if (!changed && againAt === null && scaling) return undefined;
  return {
    ...environment,
    generation: environment.generation + 1,
    workers: decision.target,
    drains: decision.drains,
    scaling: {
      changedAt: changed ? now : (scaling?.changedAt ?? 0),
      reason: decision.reason,
      againAt: againAt ?? scaling?.againAt ?? 0,
    },
  };
}

/** @returns false when the record was changed meanwhile: by another look, or by an operation that has begun */
async function written(next: EnvironmentItem, read: EnvironmentItem, { environments }: ScalerPorts): Promise<boolean> {
  try {
    await environments.replace(next, read.generation);
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "ConcurrentChange") return false;
    throw error;
  }
}
