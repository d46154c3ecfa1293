// Extension: DELETE /snapshots/{Snapshot}. Drops the last snapshot of a deleted environment before its time is over.
import { KeptSnapshotRequest } from "../../shared/domain/extension-requests.ts";
import { findKeptSnapshot } from "../../shared/domain/final-snapshot.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { dropKeptSnapshot, type KeptSnapshotPorts } from "../../shared/runtime/kept-snapshots.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { secretVault } from "../../shared/runtime/provide/secret-vault.ts";
import { snapshots } from "../../shared/runtime/provide/snapshots.ts";

interface Ports extends KeptSnapshotPorts {
  readonly clock: Pick<Clock, "now">;
}

export const handler = apiHandler(KeptSnapshotRequest, deleteKeptSnapshot, () => ({
  snapshots: snapshots(),
  databases: databases(),
  secretVault: secretVault(),
  controlBucket: controlBucket(),
  clock: clock(),
}));

/** Its time is over first of all; where this is cut off the schedule goes on. @throws SnapshotNotFound */
export async function deleteKeptSnapshot({ Snapshot: name }: KeptSnapshotRequest, ports: Ports) {
  const now = ports.clock.now();
  await dropKeptSnapshot(findKeptSnapshot(await ports.snapshots.get(name), name, now), now, ports);
  return {};
}
