// The engine's memory: every record lives in SQLite and in a map beside it. A change is on disk before `put` returns.
import type { DatabaseSync } from "node:sqlite";
import { inTransaction, openDatabase } from "../sqlite.ts";
import type { ClusterRecord, DefinitionRecord, ServiceRecord, TaskRecord, TokenRecord } from "./records.ts";

/** Records of one kind by key. What `get` and `values` give is the live record: change it, then `put` it. */
export interface Collection<Value> {
  get(key: string): Value | undefined;
  values(): Value[];
  /** Writes the record; it is durable when this returns. */
  put(key: string, value: Value): void;
  delete(key: string): void;
  /** Deletes every record the test holds for. */
  forget(test: (value: Value) => boolean): void;
}

export interface Store {
  /** By name. */
  readonly clusters: Collection<ClusterRecord>;
  /** By ARN. */
  readonly definitions: Collection<DefinitionRecord>;
  /** The last revision used, by family: a revision is never used twice. */
  readonly families: Collection<{ revision: number }>;
  /** By task id. */
  readonly tasks: Collection<TaskRecord>;
  /** By ARN. */
  readonly services: Collection<ServiceRecord>;
  /** By cluster ARN and client token. */
  readonly tokens: Collection<TokenRecord>;
  /** Runs several writes as one: all or none are kept. What they wrote can be read only after it returned. */
  atomically<Result>(writes: () => Result): Result;
  close(): void;
}

/**
 * Opens (or makes) the store. The number of records is small (tasks are forgotten an hour after they stopped), so all
 * of them are held in memory and reads never touch the disk.
 * @param file path of the SQLite file; its folder must exist and be private
 */
export function openStore(file: string): Store {
  // FULL: ECS promises that an accepted RunTask or UpdateService is kept, power loss included.
  const database = openDatabase(file, "FULL", SCHEMA);
  const transaction: Transaction = { open: false, afterCommit: [] };
  return {
    clusters: collection(database, transaction, "cluster"),
    definitions: collection(database, transaction, "definition"),
    families: collection(database, transaction, "family"),
    tasks: collection(database, transaction, "task"),
    services: collection(database, transaction, "service"),
    tokens: collection(database, transaction, "token"),
    atomically: (writes) => {
      transaction.open = true;
      try {
        const result = inTransaction(database, writes);
        for (const apply of transaction.afterCommit) apply();
        return result;
      } finally {
        transaction.open = false;
        transaction.afterCommit = [];
      }
    },
    close: () => database.close(),
  };
}

const SCHEMA =
  "CREATE TABLE IF NOT EXISTS records (kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, key))";

/** Maps follow the disk: inside a transaction they change only once it is committed. */
interface Transaction {
  open: boolean;
  afterCommit: (() => void)[];
}

function collection<Value>(database: DatabaseSync, transaction: Transaction, kind: string): Collection<Value> {
  const all = database.prepare("SELECT key, body FROM records WHERE kind = ? ORDER BY rowid");
  const write = database.prepare(
    "INSERT INTO records (kind, key, body) VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
  );
  const remove = database.prepare("DELETE FROM records WHERE kind = ? AND key = ?");
  const records = new Map<string, Value>();
  const apply = (change: () => void) => {
    if (transaction.open) transaction.afterCommit.push(change);
    else change();
  };
  for (const row of all.all(kind)) records.set(String(row["key"]), JSON.parse(String(row["body"])) as Value);
  return {
    get: (key) => records.get(key),
    values: () => [...records.values()],
    put: (key, value) => {
      write.run(kind, key, JSON.stringify(value));
      apply(() => records.set(key, value));
    },
    delete: (key) => {
      remove.run(kind, key);
      apply(() => records.delete(key));
    },
    forget: (test) => {
      for (const [key, value] of [...records]) {
        if (!test(value)) continue;
        remove.run(kind, key);
        apply(() => records.delete(key));
      }
    },
  };
}
