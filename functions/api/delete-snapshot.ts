// Extension: DELETE /environments/{Name}/snapshots/{Snapshot}. Drops a snapshot before its time is over.
import { SnapshotRequest } from "../../shared/domain/extension-requests.ts";
import { canDropSnapshot, notFound } from "../../shared/domain/gates.ts";
import type { Snapshot } from "../../shared/domain/snapshot-item.ts";
import { findSnapshot } from "../../shared/domain/plan-restore.ts";
import { givenUp } from "../../shared/domain/online-snapshot.ts";
import { listedSnapshots } from "../../shared/domain/upgrade-outcome.ts";
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
 * Of one that somebody asked for the schedule `advance-snapshots` does the rest, whether it is there yet or not. Of another its
 * time is over first of all: from then on no restore is planned on it, and where this is cut off the schedule drops it.
 * @throws EnvironmentNotFound, EnvironmentBusy, EnvironmentUnusable, SnapshotNotFound
 */
export async function deleteSnapshot({ Name, Snapshot: name }: SnapshotRequest, ports: Ports) {
  const now = ports.clock.now();
  const after = await changeEnvironment(
    { name: Name },
    (environment) => {
      canDropSnapshot(environment);
      if (!listedSnapshots(environment, now).some((one) => one.name === name)) findSnapshot(environment, name, now);
      const end = (one: Snapshot) => (one.name === name ? givenUp(one, now) : one);
      return { snapshots: environment.snapshots?.map(end) ?? [] };
    },
    ports,
  );
  if (!after) throw notFound(Name);
  const found = after.snapshots?.find((snapshot) => snapshot.name === name);
  if (found && !found.copying) await dropSnapshot(after, found, ports);
  return {};
}
