// Makes the last snapshot of an environment that is deleted: its database is sealed, its Fernet key and the manifest of what ran
// are put beside it, and then, last of all, it is listed.
import { keptManifestKey, snapshotTaken } from "../domain/final-snapshot.ts";
import type { OperationItem } from "../domain/items.ts";
import type { DeletePlan } from "../domain/plan-delete.ts";
import { metadataOf } from "../domain/plan-upgrade.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { DatabaseCopies } from "../ports/database-copies.ts";
import type { Environments } from "../ports/environments.ts";
import type { SecretVault } from "../ports/secret-vault.ts";
import type { Snapshots } from "../ports/snapshots.ts";

export interface FinalSnapshotPorts {
  readonly controlBucket: ControlBucket;
  readonly databaseCopies: DatabaseCopies;
  readonly environments: Environments;
  readonly secretVault: SecretVault;
  readonly snapshots: Snapshots;
}

/**
 * Safe to repeat and to be cut off anywhere; the environment's tasks have ended. One that is listed already was made by an
 * earlier hand, or by a deletion before that got stuck.
 * @param now milliseconds since the epoch
 * @returns whether there is one: false where there is no database to keep
 */
export async function keepFinalSnapshot(
  operation: OperationItem,
  plan: DeletePlan,
  now: number,
  ports: FinalSnapshotPorts,
): Promise<boolean> {
  const { finalSnapshot: kept, names } = plan;
  if (!kept) return false;
  if (await ports.snapshots.get(kept.name)) return true;
  const size = await sealed(operation, plan, ports);
  if (size === null) return false;
  const { fernetKey } = await ports.secretVault.read(names.secret);
  await ports.secretVault.ensure(kept.secret, { fernetKey: fernetKey! });
  const release = await keepManifest(operation, plan, kept.prefix, ports);
  await ports.snapshots.create(snapshotTaken(kept, operation, { size, release }, now));
  return true;
}

/** What ran is marked to run again, as an upgrade does it. @returns bytes; null: there is no such database */
async function sealed(
  { operationId }: OperationItem,
  { names }: DeletePlan,
  { databaseCopies }: FinalSnapshotPorts,
): Promise<number | null> {
  const source = metadataOf(names);
  const facts = await databaseCopies.lookAtSource(source);
  if (!facts) return null;
  if (!facts.sealed) {
    await databaseCopies.setLogin(source.role, false);
    await databaseCopies.endConnections(source.database);
    await databaseCopies.retryInterrupted(source, operationId);
    await databaseCopies.seal(source);
  }
  await databaseCopies.endConnections(source.database);
  return facts.size;
}

/** @returns the release whose files those were; null: none ran, or what it held is not known any more */
async function keepManifest(
  { environmentName, environmentId }: OperationItem,
  { names }: DeletePlan,
  prefix: string,
  { controlBucket, environments }: FinalSnapshotPorts,
) {
  const item = await environments.getRelease(environmentName, environmentId);
  const manifest = item && (await controlBucket.getManifest(names.prefix, item.release.manifest));
  if (!manifest) return null;
  await controlBucket.putManifest(prefix, keptManifestKey, manifest);
  return item.release;
}
