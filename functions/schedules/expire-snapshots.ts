// Drops databases that upgrades have left sealed, once their time is over: first the database, then its entry on the record, so
// that none is forgotten.
import type { EnvironmentItem, Snapshot } from "../../shared/domain/items.ts";
import { keptSnapshots } from "../../shared/domain/upgrade-outcome.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Databases } from "../../shared/ports/databases.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { changeEnvironment } from "../../shared/runtime/change-environment.ts";
import { forEachEnvironment } from "../../shared/runtime/each-environment.ts";
import { scheduleHandler } from "../../shared/runtime/event-handler.ts";
import { logger } from "../../shared/runtime/logger.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";

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

/** One that is stuck keeps all it has, for the person who is to help; a deletion drops them itself. */
const atRest = ({ operationId, status }: EnvironmentItem): boolean =>
  operationId === null && ["AVAILABLE", "UPDATE_FAILED"].includes(status);

async function expire(environment: EnvironmentItem, now: number, ports: Ports): Promise<void> {
  for (const { name, role } of expired(environment, now)) {
    logger.info("snapshot dropped: its time is over", { environment: environment.name, name });
    await ports.databases.dropDatabase(name, role);
    const others = ({ snapshots = [] }: EnvironmentItem) => snapshots.filter((one) => one.name !== name);
    await changeEnvironment(environment, (record) => ({ snapshots: others(record) }), ports);
  }
}

function expired(environment: EnvironmentItem, now: number): readonly Snapshot[] {
  const kept = keptSnapshots(environment, now);
  return (environment.snapshots ?? []).filter((one) => !kept.includes(one));
}
