// What an upgrade does on the database server: the live database is sealed, copied, and the copy is made another generation's
// (docs/upgrades.md). Beside databases.ts, because only an upgrade and a restore may do these things.
import type { BegunSince } from "../domain/plan-restore.ts";

/** A database, and the login role that owns it while it is in use. */
export interface OwnedDatabase {
  readonly database: string;
  readonly role: string;
}

/** What the server says of the source of a copy: the database that is live until the commit. */
export interface SourceFacts {
  /** Its role may log in. */
  readonly open: boolean;
  /** Nobody can connect, no administrator either. */
  readonly sealed: boolean;
  /** Whoever is connected, those that were told to leave too; never the one who asks. */
  readonly connections: number;
  /** Task instances that are running or were being ended, by their rows; 0 while sealed, when nobody can ask. */
  readonly running: number;
  /** In bytes. */
  readonly size: number;
}

/** What became of the migration of a copy, as it wrote it into the copy itself (`hangar.migration`). */
export type MigrationFacts =
  | { readonly state: "untouched" }
  | { readonly state: "begun" }
  | { readonly state: "done"; readonly seconds: number }
  | { readonly state: "failed"; readonly reason: string };

export interface CopyFacts {
  readonly migration: MigrationFacts;
  /** Task instances that wait in the old generation's queue. */
  readonly queued: number;
  readonly connections: number;
}

/** One task instance that was ended by an upgrade and runs again. */
export interface Interrupted {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
}

/** What has become of the database that an online copy fills. */
export interface TargetFacts {
  /** Airflow's tables are in it: they come with the one transaction that fills it. */
  readonly whole: boolean;
  /** It was handed over and sealed: nothing is left to be done with it. */
  readonly sealed: boolean;
  /** In bytes. */
  readonly size: number;
}

/** Every method is one act of upgrade-rules.ts or of online-snapshot.ts, or a look; safe to repeat; none waits for long. */
export interface DatabaseCopies {
  /** @returns null: there is no such database */
  lookAtSource(source: OwnedDatabase): Promise<SourceFacts | null>;
  /**
   * @param queue the old generation's: what waits in it is counted
   * @returns null: there is no such database
   */
  lookAtCopy(copy: OwnedDatabase, queue: string): Promise<CopyFacts | null>;
  /**
   * What started in a database after a moment, the canary's own aside: what a restore of a snapshot taken then would lose.
   * @param since milliseconds since the epoch
   * @returns null: there is no such database, it is sealed, or counting it takes too long
   */
  countBegunSince(database: string, since: number): Promise<BegunSince | null>;
  /** Lets the role log in, or not; connections that are there stay. */
  setLogin(role: string, allowed: boolean): Promise<void>;
  /** Ends every connection to a database but the caller's. */
  endConnections(database: string): Promise<void>;
  /**
   * In one transaction: writes what the rows say runs into the operation's list (`hangar.interrupted`), and marks it to run
   * again from its beginning, whatever retries it has left. @returns the operation's whole list
   */
  retryInterrupted(source: OwnedDatabase, operationId: string): Promise<readonly Interrupted[]>;
  /** The operation's whole list, nothing marked: whoever may be at work in it. An operation without one has an empty list. */
  listInterrupted(source: OwnedDatabase, operationId: string): Promise<readonly Interrupted[]>;
  /** Nobody can connect any more, it may be copied, and it belongs to the administrator until it is unsealed. */
  seal(source: OwnedDatabase): Promise<void>;
  /** The other way round; gone is an error. */
  unseal(source: OwnedDatabase): Promise<void>;
  /** A login role with the right to make one copy of a sealed database; it owns nothing. Safe to repeat. */
  ensureCopier(role: string, password: string): Promise<void>;
  /** Gone already is fine. */
  dropCopier(role: string): Promise<void>;
  /**
   * What `hangar-agent copy-online` needs: a login role that may connect to the source and read all that is in it, and an empty
   * database that it owns and nobody else may connect to. One that is there and belongs to another already was handed over, or
   * sealed: then nothing is made.
   * @throws when there is no such source
   */
  ensureReader(role: string, password: string, source: string, target: string): Promise<void>;
  /**
   * Ends the role's connections, takes its rights on the source away and drops it; role or source gone already is fine. To be
   * called when the target was handed over or dropped: what the role owns otherwise stays, and so does it.
   */
  dropReader(role: string, source: string): Promise<void>;
  /** @returns null: there is no such database */
  lookAtTarget(target: string): Promise<TargetFacts | null>;
  /**
   * Gives a copy and all that is in it to another role, which is made if it is not there. A sealed one is refused.
   * @param from the role that owns the objects in it
   */
  handOver(
    copy: OwnedDatabase,
    from: string,
    settings: { readonly password: string; readonly connectionLimit: number },
  ): Promise<void>;
  /** In the copy: what waits in the old queue is scheduled anew, and unfinished task instances name the new queue. */
  requeueTasks(copy: OwnedDatabase, queue: { readonly from: string; readonly to: string }): Promise<void>;
  /**
   * In a copy that becomes another environment's: pauses every DAG, until `liftHold` or for good; DAGs are read there as they
   * were serialized, with the other environment's queue, until they are parsed anew. Unfinished runs follow the release that is
   * live, because those they were pinned to are the other's. What the canary left is gone.
   */
  settleClone(copy: OwnedDatabase, paused: "until lifted" | "for good"): Promise<void>;
  /** After the commit: what the migration held back (paused DAGs, callbacks) goes on as it was. Nothing held is fine. */
  liftHold(database: OwnedDatabase): Promise<void>;
  /** Ends its connections, drops the copy and its role; gone already is fine. */
  dropCopy(copy: OwnedDatabase): Promise<void>;
}
