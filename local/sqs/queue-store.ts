// Queues on disk: names, attributes, tags, and when each was last deleted or purged. Messages are in message-store.ts.
import type { DatabaseSync } from "node:sqlite";
import { inTransaction } from "../sqlite.ts";
import { defaultAttributes, type QueueAttributes } from "./queue-attributes.ts";

/** One queue as stored; times are milliseconds since the epoch. */
export interface Queue {
  readonly name: string;
  readonly attributes: QueueAttributes;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly modifiedAt: number;
  /** When it was last purged, 0 for never. */
  readonly purgedAt: number;
}

export const queueSchema = `
CREATE TABLE IF NOT EXISTS queues (
  name TEXT PRIMARY KEY, attributes TEXT NOT NULL, tags TEXT NOT NULL,
  created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL, purged_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS deleted_queues (name TEXT PRIMARY KEY, deleted_at INTEGER NOT NULL) STRICT;`;

export interface QueueStore {
  get(name: string): Queue | undefined;
  /** Writes the whole queue, new or changed. */
  put(queue: Queue): void;
  /** Removes the queue with all its messages and remembers when. */
  remove(name: string, now: number): void;
  /** When a queue of that name was last deleted, 0 for never. */
  deletedAt(name: string): number;
  /** Names in order, after `after`, with the prefix, at most `limit`. */
  list(prefix: string, after: string, limit: number): readonly string[];
}

/** Opens the queue tables. */
export function openQueueStore(database: DatabaseSync): QueueStore {
  const select = database.prepare("SELECT * FROM queues WHERE name = ?");
  const upsert = database.prepare(
    `INSERT INTO queues (name, attributes, tags, created_at, modified_at, purged_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET attributes = excluded.attributes, tags = excluded.tags,
       modified_at = excluded.modified_at, purged_at = excluded.purged_at`,
  );
  const remove = database.prepare("DELETE FROM queues WHERE name = ?");
  const removeMessages = database.prepare("DELETE FROM messages WHERE queue = ?");
  const remember = database.prepare("INSERT OR REPLACE INTO deleted_queues VALUES (?, ?)");
  const remembered = database.prepare("SELECT deleted_at FROM deleted_queues WHERE name = ?");
  const list = database.prepare(
    "SELECT name FROM queues WHERE name > ? AND substr(name, 1, length(?)) = ? ORDER BY name LIMIT ?",
  );
  return {
    get(name) {
      const row = select.get(name);
      return row && queueOf(row);
    },
    put(queue) {
      const { name, attributes, tags, createdAt, modifiedAt, purgedAt } = queue;
      upsert.run(name, JSON.stringify(attributes), JSON.stringify(tags), createdAt, modifiedAt, purgedAt);
    },
    remove(name, now) {
      inTransaction(database, () => {
        removeMessages.run(name);
        remove.run(name);
        remember.run(name, now);
      });
    },
    deletedAt: (name) => Number(remembered.get(name)?.["deleted_at"] ?? 0),
    list: (prefix, after, limit) => list.all(after, prefix, prefix, limit).map((row) => String(row["name"])),
  };
}

function queueOf(row: Record<string, unknown>): Queue {
  return {
    name: String(row["name"]),
    attributes: { ...defaultAttributes, ...JSON.parse(String(row["attributes"])) },
    tags: JSON.parse(String(row["tags"])),
    createdAt: Number(row["created_at"]),
    modifiedAt: Number(row["modified_at"]),
    purgedAt: Number(row["purged_at"]),
  };
}
