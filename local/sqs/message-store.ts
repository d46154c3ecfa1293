// Messages on disk: put, take, hide, remove, count. Knows nothing of protocols; every time is an argument.
import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { inTransaction } from "../sqlite.ts";
import type { MessageAttributes } from "./message-attributes.ts";

/** A message on its way in. */
export interface NewMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  /** Attributes that come back under `Attributes`, as the sender gave them: SenderId, AWSTraceHeader, MessageGroupId. */
  readonly systemAttributes: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch from which it can be received. */
  readonly visibleAt: number;
}

/** A message on its way out. */
export interface TakenMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly systemAttributes: Readonly<Record<string, string>>;
  readonly receiptHandle: string;
  readonly sentAt: number;
  readonly firstReceivedAt: number;
  readonly receiveCount: number;
}

/** How a take treats what it finds. `retainedSince`: messages sent at or before that moment have expired. */
export interface TakeOptions {
  readonly limit: number;
  readonly now: number;
  readonly hiddenUntil: number;
  readonly retainedSince: number;
  readonly deadLetter?: { readonly queue: string; readonly sourceArn: string; readonly maxReceiveCount: number };
}

export interface MessageCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

export const messageSchema = `
CREATE TABLE IF NOT EXISTS messages (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, queue TEXT NOT NULL, body TEXT NOT NULL,
  attributes TEXT NOT NULL, system_attributes TEXT NOT NULL, sent_at INTEGER NOT NULL, visible_at INTEGER NOT NULL,
  receipt TEXT, received_at INTEGER, first_received_at INTEGER, receive_count INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS messages_by_visibility ON messages (queue, visible_at, sequence, sent_at, receipt);`;

interface PendingAdd {
  readonly queue: string;
  readonly messages: readonly NewMessage[];
  readonly now: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export type HideResult = "hidden" | "notInFlight" | "beyondLimit" | "gone";

export interface MessageStore {
  /**
   * Keeps messages for good: when the promise resolves they survive the loss of the process and of the machine's power.
   * Sends that come in one turn of the event loop share one commit, and so one wait for the disk.
   */
  add(queue: string, messages: readonly NewMessage[], now: number): Promise<void>;
  /** Commits what `add` still holds back. */
  flush(): void;
  /** Hides and returns the oldest visible messages; those received too often move to the dead-letter queue instead. */
  take(
    queue: string,
    options: TakeOptions,
  ): { readonly taken: readonly TakenMessage[]; readonly movedToDeadLetter: number };
  /** Deletes by handle; a handle that a later receive made stale deletes nothing. False when it was no handle at all. */
  remove(queue: string, handles: readonly string[]): readonly boolean[];
  /** Lets a message in flight be received again from that moment on; its handle is stale from now on. */
  release(queue: string, handle: string, visibleAt: number): void;
  /** Changes when a message in flight is visible again. `undefined`: that was no handle. */
  hide(queue: string, handle: string, now: number, milliseconds: number): HideResult | undefined;
  purge(queue: string): void;
  /** Forgets what the queue's retention no longer covers. */
  expire(queue: string, retainedSince: number): void;
  counts(queue: string, now: number, retainedSince: number): MessageCounts;
  /** The next moment at which a hidden message turns visible, if any is hidden. */
  nextVisibleAt(queue: string, now: number): number | undefined;
}

/** A message may stay hidden for twelve hours in all, counted from its receive. */
const longestHidingMilliseconds = 43_200_000;

/** Opens the message table. */
export function openMessageStore(database: DatabaseSync): MessageStore {
  // A queue that was deleted while the commit was awaited takes nothing: the send came just before the deletion.
  const insert = database.prepare(
    `INSERT INTO messages (id, queue, body, attributes, system_attributes, sent_at, visible_at)
     SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (SELECT 1 FROM queues WHERE name = ?2)`,
  );
  let waiting: PendingAdd[] = [];
  // By the moment they turned visible: in the order of sending, save for delays and returns, and never past hidden ones.
  const oldest = database.prepare(
    `SELECT * FROM messages WHERE queue = ? AND visible_at <= ? AND sent_at > ?
     ORDER BY visible_at, sequence LIMIT ?`,
  );
  const take = database.prepare(
    `UPDATE messages SET receipt = ?, visible_at = ?, received_at = ?, receive_count = receive_count + 1,
       first_received_at = coalesce(first_received_at, ?) WHERE sequence = ?`,
  );
  const moveAway = database.prepare(
    `UPDATE messages SET queue = ?, receipt = NULL, received_at = NULL, receive_count = 0, visible_at = ?,
       system_attributes = json_set(system_attributes, '$.DeadLetterQueueSourceArn', ?) WHERE sequence = ?`,
  );
  const removeOne = database.prepare("DELETE FROM messages WHERE queue = ? AND sequence = ? AND receipt = ?");
  const find = database.prepare(
    "SELECT visible_at, received_at FROM messages WHERE queue = ? AND sequence = ? AND receipt = ?",
  );
  const hide = database.prepare("UPDATE messages SET visible_at = ? WHERE sequence = ?");
  const release = database.prepare(
    "UPDATE messages SET visible_at = ?, receipt = NULL WHERE queue = ? AND sequence = ? AND receipt = ?",
  );
  const purge = database.prepare("DELETE FROM messages WHERE queue = ?");
  const expire = database.prepare("DELETE FROM messages WHERE queue = ? AND sent_at <= ?");
  const count = database.prepare(
    `SELECT coalesce(sum(visible_at <= ?1), 0) AS visible,
       coalesce(sum(visible_at > ?1 AND receipt IS NOT NULL), 0) AS in_flight,
       coalesce(sum(visible_at > ?1 AND receipt IS NULL), 0) AS delayed
     FROM messages WHERE queue = ?2 AND sent_at > ?3`,
  );
  const next = database.prepare(
    "SELECT visible_at FROM messages WHERE queue = ? AND visible_at > ? ORDER BY visible_at LIMIT 1",
  );

  function flush(): void {
    const pending = waiting;
    waiting = [];
    if (pending.length === 0) return;
    try {
      // Only a send promises that nothing is lost. A lost receive or delete means one more delivery, which SQS allows,
      // so those commits need not wait for the disk.
      database.exec("PRAGMA synchronous = FULL");
      inTransaction(database, () => {
        for (const { queue, messages, now } of pending) {
          for (const { id, body, attributes, systemAttributes, visibleAt } of messages) {
            insert.run(id, queue, body, JSON.stringify(attributes), JSON.stringify(systemAttributes), now, visibleAt);
          }
        }
      });
      database.exec("PRAGMA synchronous = NORMAL");
    } catch (error) {
      for (const { reject } of pending) reject(error);
      return;
    }
    for (const { resolve } of pending) resolve();
  }

  return {
    add(queue, messages, now) {
      return new Promise((resolve, reject) => {
        if (waiting.push({ queue, messages, now, resolve, reject }) === 1) setImmediate(flush);
      });
    },
    flush,

    take(queue, { limit, now, hiddenUntil, retainedSince, deadLetter }) {
      // Looking costs no write lock, and most looks of an idle poller find nothing.
      if (oldest.get(queue, now, retainedSince, 1) === undefined) return { taken: [], movedToDeadLetter: 0 };
      return inTransaction(database, () => {
        const taken: TakenMessage[] = [];
        let movedToDeadLetter = 0;
        while (taken.length < limit) {
          const rows = oldest.all(queue, now, retainedSince, limit - taken.length);
          if (rows.length === 0) break;
          for (const row of rows) {
            const sequence = Number(row["sequence"]);
            if (deadLetter && Number(row["receive_count"]) >= deadLetter.maxReceiveCount) {
              moveAway.run(deadLetter.queue, now, deadLetter.sourceArn, sequence);
              movedToDeadLetter += 1;
              continue;
            }
            const receipt = randomBytes(16).toString("hex");
            take.run(receipt, hiddenUntil, now, now, sequence);
            taken.push(takenOf(row, sequence, receipt, now));
          }
          // With no time to hide, what was just taken is visible again: a second look would take it twice.
          if (hiddenUntil <= now) break;
        }
        return { taken, movedToDeadLetter };
      });
    },

    remove(queue, handles) {
      return inTransaction(database, () =>
        handles.map((handle) => {
          const parsed = parseHandle(handle);
          if (parsed) removeOne.run(queue, parsed.sequence, parsed.receipt);
          return parsed !== undefined;
        }),
      );
    },

    release(queue, handle, visibleAt) {
      const parsed = parseHandle(handle);
      if (parsed) release.run(visibleAt, queue, parsed.sequence, parsed.receipt);
    },

    hide(queue, handle, now, milliseconds) {
      const parsed = parseHandle(handle);
      if (!parsed) return undefined;
      const row = find.get(queue, parsed.sequence, parsed.receipt);
      if (!row) return "gone";
      if (Number(row["visible_at"]) <= now) return "notInFlight";
      if (now + milliseconds > Number(row["received_at"]) + longestHidingMilliseconds) return "beyondLimit";
      hide.run(now + milliseconds, parsed.sequence);
      return "hidden";
    },

    purge(queue) {
      purge.run(queue);
    },

    expire(queue, retainedSince) {
      expire.run(queue, retainedSince);
    },

    counts(queue, now, retainedSince) {
      const row = count.get(now, queue, retainedSince)!;
      return { visible: Number(row["visible"]), inFlight: Number(row["in_flight"]), delayed: Number(row["delayed"]) };
    },

    nextVisibleAt(queue, now) {
      const row = next.get(queue, now);
      return row && Number(row["visible_at"]);
    },
  };
}

function takenOf(row: Record<string, unknown>, sequence: number, receipt: string, now: number): TakenMessage {
  return {
    id: String(row["id"]),
    body: String(row["body"]),
    attributes: JSON.parse(String(row["attributes"])),
    systemAttributes: JSON.parse(String(row["system_attributes"])),
    receiptHandle: Buffer.from(`${sequence}.${receipt}`).toString("base64"),
    sentAt: Number(row["sent_at"]),
    firstReceivedAt: Number(row["first_received_at"] ?? now),
    receiveCount: Number(row["receive_count"]) + 1,
  };
}

/** A handle names the message (a sequence is never used twice) and the receive that gave it out. */
function parseHandle(handle: string): { readonly sequence: number; readonly receipt: string } | undefined {
  const match = /^(\d{1,15})\.([0-9a-f]{32})$/.exec(Buffer.from(handle, "base64").toString("latin1"));
  return match ? { sequence: Number(match[1]), receipt: match[2]! } : undefined;
}
