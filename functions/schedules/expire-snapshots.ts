// Drops snapshots once their time is over: those of environments, and those that outlived theirs.
import type { EnvironmentItem } from "../../shared/domain/items.ts";
import type { Snapshot } from "../../shared/domain/snapshot-item.ts";
import { atRest } from "../../shared/domain/sweep.ts";
import { listedSnapshots } from "../../shared/domain/upgrade-outcome.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { forEachEnvironment } from "../../shared/runtime/each-environment.ts";
import { scheduleHandler } from "../../shared/runtime/event-handler.ts";
import { dropKeptSnapshot, type KeptSnapshotPorts } from "../../shared/runtime/kept-snapshots.ts";
import { logger } from "../../shared/runtime/logger.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { secretVault } from "../../shared/runtime/provide/secret-vault.ts";
import { snapshots } from "../../shared/runtime/provide/snapshots.ts";
import { dropSnapshot } from "../../shared/runtime/snapshot-dropping.ts";

interface Ports extends KeptSnapshotPorts {
  readonly environments: Environments;
  readonly clock: Clock;
}

export const handler = scheduleHandler(expireSnapshots, () => ({
  environments: environments(),
  databases: databases(),
  secretVault: secretVault(),
  controlBucket: controlBucket(),
  snapshots: snapshots(),
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
  const outlived = (await ports.snapshots.all()).filter(({ expiresAt }) => expiresAt <= now);
  const acts = [
    ...due.map((environment) => ({ name: environment.name, drop: () => expire(environment, now, ports) })),
    ...outlived.map((item) => ({ name: item.environmentName, drop: () => dropKeptSnapshot(item, now, ports) })),
  ];
  await forEachEnvironment(acts, "snapshots not expired", ({ drop }) => drop());
}

async function expire(environment: EnvironmentItem, now: number, ports: Ports): Promise<void> {
  for (const snapshot of expired(environment, now)) {
    logger.info("snapshot dropped: its time is over", { environment: environment.name, name: snapshot.name });
    await dropSnapshot(environment, snapshot, ports);
  }
}

function expired(environment: EnvironmentItem, now: number): readonly Snapshot[] {
  const listed = listedSnapshots(environment, now);
  // those that were asked for are the business of advance-snapshots
  return (environment.snapshots ?? []).filter((one) => !one.copying && !listed.includes(one));
}
