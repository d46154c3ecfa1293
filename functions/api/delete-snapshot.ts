// Extension: DELETE /environments/{Name}/snapshots/{Snapshot}. Drops a snapshot before its time is over.
import { SnapshotRequest } from "../../shared/domain/extension-requests.ts";
import { canDropSnapshot, notFound } from "../../shared/domain/gates.ts";
import type { Snapshot } from "../../shared/domain/items.ts";
import { findSnapshot } from "../../shared/domain/plan-restore.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Databases } from "../../shared/ports/databases.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { changeEnvironment } from "../../shared/runtime/change-environment.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { dropSnapshot } from "../../shared/runtime/snapshot-dropping.ts";

interface Ports {
  readonly environments: Environments;
  readonly databases: Databases;
  readonly clock: Pick<Clock, "now">;
}

export const handler = apiHandler(SnapshotRequest, deleteSnapshot, () => ({
  environments: environments(),
  databases: databases(),
  clock: clock(),
}));

/**
 * Its time is over first of all: from then on no restore is planned on it, and where this is cut off the schedule drops it.
 * @throws EnvironmentNotFound, EnvironmentBusy, EnvironmentUnusable, SnapshotNotFound
 */
export async function deleteSnapshot({ Name, Snapshot: name }: SnapshotRequest, ports: Ports) {
  const now = ports.clock.now();
  const ended = await changeEnvironment(
    { name: Name },
    (environment) => {
      canDropSnapshot(environment);
      findSnapshot(environment, name, now);
      const end = (one: Snapshot) => (one.name === name ? { ...one, expiresAt: now } : one);
      return { snapshots: environment.snapshots?.map(end) ?? [] };
    },
    ports,
  );
  if (!ended) throw notFound(Name);
  for (const snapshot of ended.snapshots ?? []) if (snapshot.name === name) await dropSnapshot(ended, snapshot, ports);
  return {};
}
