// Drops a snapshot that outlived its environment: first it counts as gone, then its database, its secret and its manifest go,
// last of all its item, so that none is forgotten.
import { HangarError } from "../domain/errors.ts";
import type { SnapshotItem } from "../domain/snapshot-item.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { Databases } from "../ports/databases.ts";
import type { SecretVault } from "../ports/secret-vault.ts";
import type { Snapshots } from "../ports/snapshots.ts";

export interface KeptSnapshotPorts {
  readonly controlBucket: ControlBucket;
  readonly databases: Databases;
  readonly secretVault: SecretVault;
  readonly snapshots: Snapshots;
}

/**
 * Safe to repeat and to be cut off anywhere: the schedule goes on where this ends.
 * @param now milliseconds since the epoch
 * @throws DependencyUnavailable when there is more to delete than one call may
 */
export async function dropKeptSnapshot(snapshot: SnapshotItem, now: number, ports: KeptSnapshotPorts): Promise<void> {
  const ended = await endTime(snapshot, now, ports.snapshots);
  if (!ended) return;
  await ports.databases.dropDatabase(ended.name, ended.role);
  await ports.secretVault.remove(ended.secret);
  if (!(await ports.controlBucket.empty(ended.prefix)))
    throw new HangarError("DependencyUnavailable", "There is more to delete than one call may; it is done again.");
  await ports.snapshots.remove(ended.name, ended.generation);
}

/** From then on nobody lists it or begins to clone it. @returns undefined: another one dropped it meanwhile */
async function endTime(snapshot: SnapshotItem, now: number, snapshots: Snapshots): Promise<SnapshotItem | undefined> {
  if (snapshot.expiresAt <= now) return snapshot;
  const next = { ...snapshot, generation: snapshot.generation + 1, expiresAt: now };
  if (await snapshots.replace(next, snapshot.generation)) return next;
  const found = await snapshots.get(snapshot.name);
  if (!found || found.expiresAt <= now) return found;
  throw new HangarError(
    "ConcurrentChange",
    `Snapshot ${snapshot.name} was changed by another request at the same time. Try again.`,
  );
}
