// The engine's index: one SQLite file in WAL mode, and the queue that lets many requests share one disk flush.
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { openDatabase } from "../sqlite.ts";

/** Opens (and if new, makes) the index. One process at a time: a second open of one folder fails with a clear error. */
export function openIndex(folder: string): DatabaseSync {
  const prepare = (database: DatabaseSync) => {
    database.exec("PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;");
    makeSchema(database, folder);
  };
  try {
    return openDatabase(join(folder, "index.sqlite"), "FULL", prepare, "exclusive");
  } catch (error) {
    if (error instanceof Error && /locked|busy/i.test(error.message)) {
      throw new Error(`The S3 folder ${folder} is in use by another process; stop that one first.`, { cause: error });
    }
    throw error;
  }
}

function makeSchema(database: DatabaseSync, folder: string): void {
  const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
  const isNew = database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (version === schemaVersion) return;
  if (!isNew) {
    throw new Error(
      `The S3 folder ${folder} has form ${version}, this program knows form ${schemaVersion}: use the program that made it, or another state folder.`,
    );
  }
  // One transaction: a kill in between leaves an empty file, which is new again.
  database.exec(`BEGIN; ${schema} PRAGMA user_version = ${schemaVersion}; COMMIT;`);
}

/**
 * Runs changes in transactions that are on disk when their promise resolves. Changes that arrive while the loop is busy
 * share one transaction and one flush; each has its own savepoint, so a refused one undoes only itself.
 */
export class CommitQueue {
  readonly #database: DatabaseSync;
  readonly #afterCommit: () => void;
  #waiting: { run: () => void; settle: (failure?: unknown) => void }[] = [];
  #idle: Promise<void> = Promise.resolve();

  constructor(database: DatabaseSync, afterCommit: () => void) {
    this.#database = database;
    this.#afterCommit = afterCommit;
  }

  /** Queues one change. `work` is synchronous; what it throws rejects the promise and leaves no trace. */
  commit<T>(work: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let finish = (): void => undefined;
    this.#waiting.push({
      run: () => {
        try {
          this.#database.exec("SAVEPOINT change");
          const result = work();
          this.#database.exec("RELEASE change");
          finish = () => resolve(result);
        } catch (error) {
          // A full disk may already have ended the transaction; then there is no savepoint to return to.
          if (this.#database.isTransaction) this.#database.exec("ROLLBACK TO change; RELEASE change");
          finish = () => reject(error);
          if (!this.#database.isTransaction) throw error;
        }
      },
      settle: (failure) => (failure === undefined ? finish() : reject(failure)),
    });
    if (this.#waiting.length === 1) {
      this.#idle = new Promise((done) => {
        setImmediate(() => {
          this.#flush();
          done();
        });
      });
    }
    return promise;
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    await this.#idle;
  }

  #flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    let failure: unknown;
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      for (const change of batch) change.run();
      this.#database.exec("COMMIT");
    } catch (error) {
      failure = error;
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
    }
    for (const change of batch) change.settle(failure);
    if (failure === undefined) this.#afterCommit();
  }
}

const schemaVersion = 1;

// `bytes` holds a small content itself; a larger one is a file of that id.
// Keys are compared as UTF-8 bytes (BINARY), which is S3's own order. `id` rises with every version ever made.
const schema = `
CREATE TABLE buckets (
  name TEXT PRIMARY KEY, created INTEGER NOT NULL, versioning TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE TABLE bucket_settings (
  bucket TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (bucket, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE versions (
  id INTEGER PRIMARY KEY AUTOINCREMENT, bucket TEXT NOT NULL, key TEXT NOT NULL, version_id TEXT NOT NULL,
  is_latest INTEGER NOT NULL, is_delete_marker INTEGER NOT NULL, last_modified INTEGER NOT NULL,
  size INTEGER NOT NULL, etag TEXT NOT NULL, storage_class TEXT NOT NULL, checksum TEXT, headers TEXT NOT NULL,
  tags TEXT NOT NULL, part_sizes TEXT, segments TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX versions_by_version ON versions (bucket, key, version_id);
CREATE UNIQUE INDEX versions_by_age ON versions (bucket, key, id DESC);
CREATE UNIQUE INDEX current_versions ON versions (bucket, key) WHERE is_latest = 1;
CREATE TABLE uploads (
  upload_id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, initiated INTEGER NOT NULL,
  storage_class TEXT NOT NULL, checksum_algorithm TEXT, checksum_type TEXT, headers TEXT NOT NULL, tags TEXT NOT NULL
) STRICT;
CREATE INDEX uploads_by_key ON uploads (bucket, key, upload_id);
CREATE TABLE parts (
  upload_id TEXT NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
  last_modified INTEGER NOT NULL, checksum TEXT, segments TEXT NOT NULL, PRIMARY KEY (upload_id, number)
) STRICT;
CREATE TABLE completed_uploads (
  upload_id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, completed INTEGER NOT NULL
) STRICT;
CREATE TABLE contents (content_id TEXT PRIMARY KEY, uses INTEGER NOT NULL, bytes BLOB) STRICT;
CREATE TABLE garbage (content_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE starts (number INTEGER PRIMARY KEY AUTOINCREMENT) STRICT;
CREATE TABLE outbox (sequence INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL) STRICT;
`;
