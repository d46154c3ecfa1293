// Does what the last steps of an upgrade were cut off from: opens the environment, removes the old generation. The record says what
// is left. It also lets the DAGs of an environment go that was made of a snapshot.
import type { EnvironmentItem } from "../../shared/domain/items.ts";
import { atRest, executionName } from "../../shared/domain/sweep.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import type { Workflows } from "../../shared/ports/workflows.ts";
import {
  type OpeningPorts,
  openLive,
  type RemovalPorts,
  removeLeftBehind,
} from "../../shared/runtime/after-upgrade.ts";
import { forEachEnvironment } from "../../shared/runtime/each-environment.ts";
import { scheduleHandler } from "../../shared/runtime/event-handler.ts";
import { logger } from "../../shared/runtime/logger.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { taskQueues } from "../../shared/runtime/provide/task-queues.ts";
import { webAddresses } from "../../shared/runtime/provide/web-addresses.ts";
import { workflows } from "../../shared/runtime/provide/workflows.ts";
import { removeRetired } from "../../shared/runtime/retirement.ts";

interface Ports extends OpeningPorts, RemovalPorts {
  readonly operations: Operations;
  readonly workflows: Workflows;
}

export const handler = scheduleHandler(finishUpgrades, () => ({
  containers: containers(),
  controlBucket: controlBucket(),
  databaseCopies: databaseCopies(),
  databases: databases(),
  environments: environments(),
  operations: operations(),
  taskQueues: taskQueues(),
  webAddresses: webAddresses(),
  workflows: workflows(),
}));

/**
 * Leaves alone what an operation is at work on, and an upgrade whose own execution lives.
 * @throws Error the first one, once every environment was tried
 */
export async function finishUpgrades(ports: Ports): Promise<void> {
  const open = (await ports.environments.all()).filter(
    (environment) => atRest(environment) && (environment.toOpen || environment.leftBehind?.length),
  );
  await forEachEnvironment(open, "upgrade not finished", (environment) => finish(environment, ports));
}

async function finish(environment: EnvironmentItem, ports: Ports): Promise<void> {
  const { name, environmentId, toOpen } = environment;
  if (toOpen && (await executionLives(toOpen.operationId, ports))) return;
  logger.info("what a commit has left is done", { environment: name });
  await openLive(environment, ports);
  // services first: what they use goes after them
  await removeRetired(name, ports);
  await removeLeftBehind({ environmentName: name, environmentId }, ports);
}

async function executionLives(operationId: string, { operations, workflows }: Ports): Promise<boolean> {
  const operation = await operations.get(operationId);
  if (!operation) return false;
  return (await workflows.describe(operation.kind, executionName(operation))).state === "running";
}
