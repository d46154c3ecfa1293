// Has the layer of an earlier release taken again, by a GRACEFUL update. Safe to repeat: what is there already, or on its
// way, is not started twice.
import { executionRoleOf } from "../domain/execution-role.ts";
import type { EnvironmentItem } from "../domain/items.ts";
import { type LayerStanding, layerStanding, settingsOfLayer } from "../domain/layer-rollback.ts";
import { fileWishes } from "../domain/layer-wish.ts";
import { planLayerRollback } from "../domain/plan-layer-update.ts";
import type { Pool } from "../domain/pool.ts";
import type { HistoryEntry } from "../domain/release-history.ts";
import { executionName } from "../domain/sweep.ts";
import type { Clock, Identifiers } from "../ports/clock.ts";
import type { Environments } from "../ports/environments.ts";
import type { Operations } from "../ports/operations.ts";
import type { SourceBuckets } from "../ports/source-buckets.ts";
import type { Workflows } from "../ports/workflows.ts";
import { findEnvironment } from "./environment-lookup.ts";
import { findFiles } from "./file-lookup.ts";
import { retryConcurrent } from "./retry-concurrent.ts";

export interface LayerRollbackPorts {
  readonly environments: Environments;
  readonly operations: Operations;
  readonly workflows: Workflows;
  readonly sourceBuckets: SourceBuckets;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly pool: Pool;
}

/** How the layer of a release stands to what runs, and the operation that is on its way to it. */
export async function readStanding(
  environment: EnvironmentItem,
  entry: HistoryEntry | undefined,
  { operations }: Pick<LayerRollbackPorts, "operations">,
): Promise<{ readonly standing: LayerStanding; readonly operationId?: string }> {
  const { operationId } = environment;
  const standing = layerStanding(environment, entry, operationId ? await operations.get(operationId) : undefined);
  return operationId && standing === "ROLLING" ? { standing, operationId } : { standing };
}

const attempts = 3;

/**
 * Starts the update that leads back, unless that layer runs or is on its way.
 * @returns the operation's id; undefined where there was nothing to start
 * @throws EnvironmentBusy, EnvironmentUnusable, and ConcurrentChange after losing several races
 */
export async function takeLayer(
  name: string,
  entry: HistoryEntry,
  ports: LayerRollbackPorts,
  caller: { readonly arn: string },
): Promise<string | undefined> {
  return retryConcurrent(attempts, async () => {
    const environment = await findEnvironment(name, ports);
    const { standing, operationId } = await readStanding(environment, entry, ports);
    if (standing !== "DIFFERENT") return operationId;
    const layer = entry.layer ?? null;
    const planned = planLayerRollback({
      environment,
      layer,
      number: entry.number,
      found: await findFiles(
        fileWishes(settingsOfLayer(environment.settings, layer)),
        ports.sourceBuckets.as(executionRoleOf(environment)),
      ),
      pool: ports.pool,
      operationId: ports.identifiers.operationId(),
      caller: caller.arn,
      now: ports.clock.now(),
    });
    const { operation } = planned;
    await ports.operations.create(operation);
    await ports.environments.replace(planned.environment, environment.generation);
    const input = { operationId: operation.operationId, attempt: 1 };
    await ports.workflows.start(operation.kind, executionName(operation), input);
    return operation.operationId;
  });
}
