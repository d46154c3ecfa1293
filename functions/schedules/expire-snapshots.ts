// Drops databases that upgrades have left sealed, once their time is over.
import type { EnvironmentItem, Snapshot } from "../../shared/domain/items.ts";
import { atRest } from "../../shared/domain/sweep.ts";
import { keptSnapshots } from "../../shared/domain/upgrade-outcome.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Databases } from "../../shared/ports/databases.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { forEachEnvironment } from "../../shared/runtime/each-environment.ts";
import { scheduleHandler } from "../../shared/runtime/event-handler.ts";
import { logger } from "../../shared/runtime/logger.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { dropSnapshot } from "../../shared/runtime/snapshot-dropping.ts";

interface Ports {
  readonly environments: Environments;
  readonly databases: Databases;
  readonly clock: Clock;
}

export const handler = scheduleHandler(expireSnapshots, () => ({
  environments: environments(),
  databases: databases(),
  clock: clock(),
}));

/**
 * Safe to repeat and to be cut off anywhere. An operation in flight has its environment's databases to itself; and none is
 * ever planned on a snapshot whose time is over (`keptSnapshots`), so one that begins meanwhile does not want what is dropped.
 * @throws Error the first one, once every environment was tried
 */
export async function expireSnapshots(ports: Ports): Promise<void> {
  const now = ports.clock.now();
  const due = (await ports.environments.all()).filter(
    (environment) => atRest(environment) && expired(environment, now).length > 0,
  );
  await forEachEnvironment(due, "snapshots not expired", (environment) => expire(environment, now, ports));
}

async function expire(environment: EnvironmentItem, now: number, ports: Ports): Promise<void> {
  for (const snapshot of expired(environment, now)) {
    logger.info("snapshot dropped: its time is over", { environment: environment.name, name: snapshot.name });
    await dropSnapshot(environment, snapshot, ports);
  }
}

function expired(environment: EnvironmentItem, now: number): readonly Snapshot[] {
  const kept = keptSnapshots(environment, now);
  return (environment.snapshots ?? []).filter((one) => !kept.includes(one));
}
