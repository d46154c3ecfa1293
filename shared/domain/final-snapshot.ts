// What is left of an environment that is deleted, for so long: its database, sealed, and what it takes to make another of it.
import { HangarError } from "./errors.ts";
import type { EnvironmentItem, OperationItem, ReleasePointer } from "./items.ts";
import type { SnapshotItem } from "./snapshot-item.ts";

/** Decided with the deletion; all but the moment, the size and the release that runs then. */
export interface FinalSnapshot
  extends Pick<SnapshotItem, "name" | "role" | "airflowVersion" | "queue" | "environmentClass" | "secret" | "prefix"> {
  readonly retentionSeconds: number;
}

/** As what upgrades leave: a week to regret. */
const usualRetentionSeconds = 7 * 86_400;

/** Names are the live database's own: it is not copied, only sealed. Names of databases are never used twice. */
export function finalSnapshot({ names, settings }: Pick<EnvironmentItem, "names" | "settings">): FinalSnapshot {
  const { metadataDatabase: name, metadataRole: role, queue } = names;
  return {
    ...{ name, role, queue },
    airflowVersion: settings.airflowVersion,
    environmentClass: settings.environmentClass,
    ...keptNames(name),
    retentionSeconds: usualRetentionSeconds,
  };
}

/** Where its secret and its release's manifest lie: apart from the environment's own, which go. */
const keptNames = (name: string) => ({ secret: `hangar/snapshots/${name}`, prefix: `environments/${name}/` });

/** Key of the manifest below a snapshot's prefix. */
export const keptManifestKey = "manifest.json";

/** The item: written last, when database and secret are there for good. @param now milliseconds since the epoch */
export function snapshotTaken(
  { retentionSeconds, ...kept }: FinalSnapshot,
  of: Pick<OperationItem, "environmentName" | "environmentId" | "operationId">,
  seen: { readonly size: number; readonly release: ReleasePointer | null },
  now: number,
): SnapshotItem {
  const { environmentName, environmentId, operationId } = of;
  return {
    ...kept,
    ...seen,
    ...{ environmentName, environmentId, operationId },
    generation: 1,
    createdAt: now,
    expiresAt: now + retentionSeconds * 1000,
  };
}

/** @throws SnapshotNotFound: also for one whose time is over, for it may be dropped at any moment */
export function findKeptSnapshot(item: SnapshotItem | undefined, name: string, now: number): SnapshotItem {
  if (item && item.expiresAt > now) return item;
  throw new HangarError(
    "SnapshotNotFound",
    `No environment that was deleted has left a snapshot ${name}. List all there are: npx hangar snapshot list`,
  );
}
