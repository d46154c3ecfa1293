// Snapshots: those an environment lists on its record, and the last one of an environment that is gone.
import type { ReleasePointer } from "./items.ts";

/** A sealed database: what an environment was when it was taken. Times are milliseconds since the epoch. */
export interface Snapshot {
  /** The database's name, and its id for people. */
  readonly name: string;
  /** Owns it again when it is unsealed. */
  readonly role: string;
  readonly airflowVersion: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** The operation that took it. Absent: somebody asked for it. */
  readonly operationId?: string;
  /** What waits in it names this queue. Absent from those that are older than this member: `queueOf` knows. */
  readonly queue?: string;
  /** What somebody noted of it who asked for it. */
  readonly description?: string;
  /** In bytes. Absent: not known. */
  readonly size?: number;
  /** Absent: it is there. It cannot be restored as long as it is copied, nor where that failed. */
  readonly state?: "CREATING" | "FAILED";
  /** Why it failed, as a sentence. */
  readonly reason?: string;
  /** What it is copied of, while the environment goes on; of those that somebody asked for (online-snapshot.ts). */
  readonly copying?: OnlineCopying;
}

export interface OnlineCopying {
  readonly source: string;
  /** Image of the one-off task. */
  readonly image: string;
  /** Task, role and secret of the copying are gone. */
  readonly over?: true;
}

/**
 * The last snapshot of an environment that was deleted: an item of its own, since the record goes. It is there exactly as long as
 * its database and its secret are, and counts as gone once its time is over.
 */
export interface SnapshotItem
  extends Required<
    Pick<Snapshot, "name" | "role" | "airflowVersion" | "queue" | "createdAt" | "expiresAt" | "operationId">
  > {
  /** Counter of this item. */
  readonly generation: number;
  readonly environmentName: string;
  readonly environmentId: string;
  readonly environmentClass: string;
  /** Name of the secret with the Fernet key its connections and variables are encrypted with. */
  readonly secret: string;
  /** Prefix of the control bucket where the manifest of the release that ran last is kept. */
  readonly prefix: string;
  /** That release; null: none ran. */
  readonly release: ReleasePointer | null;
  /** Of the database, in bytes. */
  readonly size: number;
}
