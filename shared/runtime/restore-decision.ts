// Loads what a restore is decided on, and decides: the request goes on from here, its dry run ends here.
import type { RestoreSnapshotRequest } from "../domain/extension-requests.ts";
import type { EnvironmentItem } from "../domain/items.ts";
import { findSnapshot, planRestore } from "../domain/plan-restore.ts";
import type { PlannedVersionChange } from "../domain/plan-version-change.ts";
import type { Pool } from "../domain/pool.ts";
import type { Clock, Identifiers } from "../ports/clock.ts";
import type { DatabaseCopies } from "../ports/database-copies.ts";
import type { Environments } from "../ports/environments.ts";
import { findEnvironment } from "./environment-lookup.ts";

export interface RestorePorts {
  readonly environments: Environments;
  readonly databaseCopies: DatabaseCopies;
  readonly clock: Pick<Clock, "now">;
  readonly identifiers: Identifiers;
  readonly pool: Pool;
}

/** Writes nothing. @throws EnvironmentNotFound, SnapshotNotFound, or why it may not be restored */
export async function decideRestore(
  request: RestoreSnapshotRequest,
  { environments, databaseCopies, clock, identifiers, pool }: RestorePorts,
  caller: { readonly arn: string },
): Promise<PlannedVersionChange & { readonly before: EnvironmentItem }> {
  const before = await findEnvironment(request.Name, { environments });
  const input = {
    ...{ environment: before, name: request.Snapshot, since: null, strategy: request.WorkerReplacementStrategy },
    ...{ pool, operationId: identifiers.operationId(), caller: caller.arn, now: clock.now() },
  };
  planRestore(input); // refused before anything is counted
  const { createdAt } = findSnapshot(before, request.Snapshot, input.now);
  const since = await databaseCopies.countBegunSince(before.names.metadataDatabase, createdAt);
  return { before, ...planRestore({ ...input, since }) };
}
