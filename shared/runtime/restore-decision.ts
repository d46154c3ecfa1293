// Loads what a restore is decided on, and decides: the request goes on from here, its dry run ends here.
import type { RestoreSnapshotRequest } from "../domain/extension-requests.ts";
import type { EnvironmentItem } from "../domain/items.ts";
import { canRollBack, canServeAgain } from "../domain/release-rollback.ts";
import type { WishedRelease } from "../domain/plan-upgrade.ts";
import { findSnapshot, planRestore } from "../domain/plan-restore.ts";
import type { PlannedVersionChange } from "../domain/plan-version-change.ts";
import type { Pool } from "../domain/pool.ts";
import type { Clock, Identifiers } from "../ports/clock.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { DatabaseCopies } from "../ports/database-copies.ts";
import type { Environments } from "../ports/environments.ts";
import { findEnvironment } from "./environment-lookup.ts";
import { findRelease, findReleases, type ReleasePorts } from "./release-lookup.ts";
import { runsAlready } from "./release-rollback.ts";

export interface RestorePorts {
  readonly environments: Environments;
  readonly controlBucket: ControlBucket;
  readonly databaseCopies: DatabaseCopies;
  readonly clock: Pick<Clock, "now">;
  readonly identifiers: Identifiers;
  readonly pool: Pool;
}

/** Writes nothing. @throws EnvironmentNotFound, SnapshotNotFound, or why it may not be restored */
export async function decideRestore(
  request: RestoreSnapshotRequest,
  ports: RestorePorts,
  caller: { readonly arn: string },
): Promise<PlannedVersionChange & { readonly before: EnvironmentItem }> {
  const { databaseCopies, clock, identifiers, pool } = ports;
  const before = await findEnvironment(request.Name, ports);
  const input = {
    ...{ environment: before, name: request.Snapshot, since: null, strategy: request.WorkerReplacementStrategy },
    ...{ pool, operationId: identifiers.operationId(), caller: caller.arn, now: clock.now() },
  };
  planRestore(input); // refused before anything is counted
  const release = await wishedRelease(request, ports);
  const { createdAt } = findSnapshot(before, request.Snapshot, input.now);
  const since = await databaseCopies.countBegunSince(before.names.metadataDatabase, createdAt);
  return { before, ...planRestore({ ...input, since, release }) };
}

/** Nothing where its files are what runs. @throws ReleaseNotFound; InvalidRequest where it never ran */
async function wishedRelease(
  { Name, Release: number }: RestoreSnapshotRequest,
  ports: ReleasePorts,
): Promise<WishedRelease | undefined> {
  if (number === undefined) return undefined;
  const releases = await findReleases(Name, ports);
  canRollBack(releases.environment);
  const { entry, manifest } = await findRelease(releases, number, ports);
  const item = releases.item!; // without one no release is found
  canServeAgain(number, entry, item);
  if (await runsAlready(releases.environment, item, manifest, ports)) return undefined;
  return { number, manifest, from: item.release.id };
}
