// An environment made of a snapshot: where its database and its Fernet key come from. The create ladder goes its usual way, with a
// copy of the snapshot in the place of a clone of the version's template.
import { HangarError } from "./errors.ts";
import type { EnvironmentItem } from "./items.ts";
import { metadataOf } from "./plan-upgrade.ts";
import { findSnapshot, queueOf, restoreUnfit } from "./plan-restore.ts";
import type { Pool } from "./pool.ts";
import type { ResourceNames } from "./names.ts";
import type { Snapshot, SnapshotItem } from "./snapshot-item.ts";
import { type CopyTask, copyTask } from "./upgrade-tasks.ts";

/** A snapshot as the origin of an environment. */
export interface CloneOrigin {
  /** The sealed database, and the role that owns what is in it. */
  readonly database: string;
  readonly role: string;
  /** What waits in it names this queue. */
  readonly queue: string;
  /** Name of the secret with the Fernet key its connections and variables are encrypted with. */
  readonly secret: string;
  readonly airflowVersion: string;
  /** Its environment is there still, and does its work. */
  readonly alive: boolean;
}

/** The same in a plan. */
export interface ClonePlan extends Omit<CloneOrigin, "alive" | "airflowVersion"> {
  readonly copying: CopyTask;
  readonly pauseDags: boolean;
}

/** @param item the last snapshot of an environment that is gone */
export const originOfKept = (item: SnapshotItem): CloneOrigin => ({
  ...{ database: item.name, role: item.role, queue: item.queue, secret: item.secret },
  ...{ airflowVersion: item.airflowVersion, alive: false },
});

/** Of a snapshot that a living environment has. @throws SnapshotNotFound */
export function originOfLiving(environment: EnvironmentItem, name: string, pool: Pool, now: number): CloneOrigin {
  const snapshot: Snapshot = findSnapshot(environment, name, now);
  return {
    ...{ database: snapshot.name, role: snapshot.role, queue: queueOf(environment, snapshot, pool) },
    ...{ secret: environment.names.secret, airflowVersion: snapshot.airflowVersion, alive: true },
  };
}

/**
 * The version an environment made of it has.
 * @throws VersionChangeRefused where another one is asked for, or no image of it is here
 */
export function versionOfClone(origin: CloneOrigin, asked: string | undefined, pool: Pick<Pool, "images">): string {
  const { airflowVersion, database } = origin;
  const refuse = (why: string) => new HangarError("VersionChangeRefused", `Snapshot ${database} ${why}`);
  if (asked !== undefined && asked !== airflowVersion)
    throw refuse(
      `was taken on Airflow ${airflowVersion}, so it becomes an environment of that version, not of ${asked}. Leave AirflowVersion out, and upgrade it afterwards.`,
    );
  const unfit = restoreUnfit({ airflowVersion }, pool);
  if (unfit) throw refuse(`cannot become an environment: ${unfit}`);
  return airflowVersion;
}

/**
 * What the ladder is told. DAGs are paused unless the request says otherwise where the snapshot's own environment goes on: two
 * would do the same work, and a second mail or payment cannot be taken back. Where it is gone nobody else does it.
 */
export function planClone(
  { alive, airflowVersion: _, ...origin }: CloneOrigin,
  given: {
    readonly environmentId: string;
    readonly image: string;
    readonly names: ResourceNames;
    readonly pauseDags?: boolean | undefined;
  },
  pool: Pool,
): ClonePlan {
  const { environmentId, image, names } = given;
  const original = { database: origin.database, role: origin.role };
  return {
    ...origin,
    copying: copyTask(
      { environment: { environmentId }, generation: 1, image, original, copy: metadataOf(names) },
      pool,
    ),
    pauseDags: given.pauseDags ?? alive,
  };
}
