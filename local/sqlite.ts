// Opens one engine's SQLite file: owner-only, WAL, and with the durability its replies promise.
import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/**
 * Opens (or makes) a database file that only its owner may read.
 *
 * `NORMAL` survives the death of the process at any line (the log is in the page cache), and may lose the last commits
 * when the machine loses power. `FULL` syncs the log before a commit returns, and survives that too.
 * @param schema statements that may be run at every start (`CREATE … IF NOT EXISTS`), or what brings the file to its form
 * @param use `exclusive`: no other process may open the file meanwhile; the lock dies with the process, a kill -9
 *   included, and spares WAL its shared-memory file
 * @throws what SQLite or `schema` throws; the file is closed again then. "database is locked" at once when `exclusive`
 */
export function openDatabase(
  file: string,
  synchronous: "NORMAL" | "FULL",
  schema: string | ((database: DatabaseSync) => void),
  use: "shared" | "exclusive" = "shared",
): DatabaseSync {
  // SQLite gives its -wal and -shm files the mode of the main file, so making that one first settles all three.
  closeSync(openSync(file, "a", 0o600));
  const database = new DatabaseSync(file);
  try {
    database.exec(use === "exclusive" ? "PRAGMA locking_mode = EXCLUSIVE;" : "PRAGMA busy_timeout = 5000;");
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};`);
    if (typeof schema === "string") database.exec(schema);
    else schema(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Runs `work` in one write transaction: all of it is kept, or, when it throws, none. Not to be nested. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
