// Carries snapshots that were asked for to their end: starts their copying, seals what was copied, drops what failed and those
// whose time is over.
import { isUnfinished } from "../../shared/domain/online-snapshot.ts";
import { scheduleHandler } from "../../shared/runtime/event-handler.ts";
import { forEachEnvironment } from "../../shared/runtime/each-environment.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { advanceSnapshot, type OnlineSnapshotPorts } from "../../shared/runtime/online-snapshots.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { secretVault } from "../../shared/runtime/provide/secret-vault.ts";

export const handler = scheduleHandler(advanceSnapshots, () => ({
  environments: environments(),
  containers: containers(),
  databases: databases(),
  databaseCopies: databaseCopies(),
  secretVault: secretVault(),
  clock: clock(),
  identifiers: identifiers(),
  pool: pool(),
}));

/**
 * Whatever else is done to the environment, but for its deletion, which removes all of them itself.
 * @throws Error the first one, once every snapshot was tried
 */
export async function advanceSnapshots(ports: OnlineSnapshotPorts): Promise<void> {
  const now = ports.clock.now();
  const unfinished = (await ports.environments.all()).flatMap((environment) =>
    (environment.snapshots ?? [])
      .filter((snapshot) => isUnfinished(snapshot, now))
      .map((snapshot) => ({ name: environment.name, environment, snapshot })),
  );
  await forEachEnvironment(unfinished, "snapshot not advanced", ({ environment, snapshot }) =>
    advanceSnapshot(environment, snapshot.name, ports),
  );
}
