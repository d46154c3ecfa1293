// Extension: POST /snapshots/{Snapshot}/environments. An environment made of a snapshot, of a living environment or of one that is
// gone.
import { originOfKept, originOfLiving, versionOfClone } from "../../shared/domain/clone.ts";
import { CloneSnapshotRequest } from "../../shared/domain/extension-requests.ts";
import { findKeptSnapshot } from "../../shared/domain/final-snapshot.ts";
import type { Snapshots } from "../../shared/ports/snapshots.ts";
import { apiHandler, type Caller } from "../../shared/runtime/api-handler.ts";
import { acceptCreate, type CreatePorts } from "../../shared/runtime/create-acceptance.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { snapshots } from "../../shared/runtime/provide/snapshots.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import { workflows } from "../../shared/runtime/provide/workflows.ts";

interface Ports extends CreatePorts {
  readonly snapshots: Pick<Snapshots, "get">;
}

export const handler = apiHandler(CloneSnapshotRequest, cloneSnapshot, () => ({
  environments: environments(),
  operations: operations(),
  workflows: workflows(),
  sourceBuckets: sourceBuckets(),
  controlBucket: controlBucket(),
  snapshots: snapshots(),
  clock: clock(),
  identifiers: identifiers(),
  pool: pool(),
}));

/**
 * Accepts it as CreateEnvironment accepts a create: by the same ladder, with the snapshot's database and Fernet key.
 * @throws SnapshotNotFound, VersionChangeRefused, and what CreateEnvironment throws
 */
export async function cloneSnapshot(
  { Snapshot: name, PauseDags: pauseDags, ...request }: CloneSnapshotRequest,
  ports: Ports,
  caller: Caller,
) {
  const origin = await originOf(name, ports);
  const AirflowVersion = versionOfClone(origin, request.AirflowVersion, ports.pool);
  return acceptCreate({ ...request, AirflowVersion }, { origin, pauseDags }, ports, caller);
}

async function originOf(name: string, { environments, snapshots, clock, pool }: Ports) {
  const living = (await environments.all()).find((one) => one.snapshots?.some((snapshot) => snapshot.name === name));
  if (living) return originOfLiving(living, name, pool, clock.now());
  return originOfKept(findKeptSnapshot(await snapshots.get(name), name, clock.now()));
}
