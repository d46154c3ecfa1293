// Log groups, streams and events on disk. Knows nothing of protocols; every time is milliseconds since the epoch.
import type { DatabaseSync } from "node:sqlite";
import { inTransaction } from "../sqlite.ts";

export interface LogGroup {
  readonly name: string;
  readonly createdAt: number;
  /** Undefined: events are kept for ever. */
  readonly retentionDays: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

export interface LogStream {
  readonly group: string;
  readonly name: string;
  readonly createdAt: number;
  readonly firstEventAt: number | undefined;
  readonly lastEventAt: number | undefined;
  readonly lastIngestionAt: number | undefined;
}

/** An event, and its place: events are ordered by timestamp, then by id. */
export interface LogEvent {
  readonly id: number;
  readonly stream: string;
  readonly timestamp: number;
  readonly ingestedAt: number;
  readonly message: string;
}

/** A place between two events. */
export interface Position {
  readonly timestamp: number;
  readonly id: number;
}

export const logSchema = `
CREATE TABLE IF NOT EXISTS log_groups (
  name TEXT PRIMARY KEY, created_at INTEGER NOT NULL, retention_days INTEGER, tags TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS log_streams (
  id INTEGER PRIMARY KEY, log_group TEXT NOT NULL REFERENCES log_groups (name) ON DELETE CASCADE, name TEXT NOT NULL,
  created_at INTEGER NOT NULL, first_event_at INTEGER, last_event_at INTEGER, last_ingestion_at INTEGER,
  UNIQUE (log_group, name)
) STRICT;
CREATE TABLE IF NOT EXISTS log_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT, stream INTEGER NOT NULL REFERENCES log_streams (id) ON DELETE CASCADE,
  timestamp INTEGER NOT NULL, ingested_at INTEGER NOT NULL, message TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS log_events_in_order ON log_events (stream, timestamp, id);`;

export interface LogStore {
  group(name: string): LogGroup | undefined;
  groups(): readonly LogGroup[];
  putGroup(group: LogGroup): void;
  removeGroup(name: string): void;
  /** Bytes of the messages kept in a group. */
  storedBytes(group: string): number;
  stream(group: string, name: string): LogStream | undefined;
  /** In order of name. */
  streams(group: string): readonly LogStream[];
  addStream(group: string, name: string, now: number): void;
  removeStream(group: string, name: string): void;
  addEvents(group: string, stream: string, events: readonly NewEvent[], now: number): void;
  /** Events of the streams with `from <= timestamp < to`, after (or, descending, before) a position, at most `limit`. */
  events(group: string, streams: readonly string[], range: EventRange): readonly LogEvent[];
  /** Forgets a group's events from before that moment. */
  expire(group: string, before: number): void;
}

export interface NewEvent {
  readonly timestamp: number;
  readonly message: string;
}

export interface EventRange {
  readonly from: number;
  readonly to: number;
  readonly beyond: Position | undefined;
  readonly descending: boolean;
  readonly limit: number;
}

/** Opens the log tables. */
export function openLogStore(database: DatabaseSync): LogStore {
  database.exec("PRAGMA foreign_keys = ON");
  const group = database.prepare("SELECT * FROM log_groups WHERE name = ?");
  const groups = database.prepare("SELECT * FROM log_groups ORDER BY name");
  const putGroup = database.prepare(
    `INSERT INTO log_groups VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET retention_days = excluded.retention_days, tags = excluded.tags`,
  );
  const removeGroup = database.prepare("DELETE FROM log_groups WHERE name = ?");
  const storedBytes = database.prepare(
    `SELECT coalesce(sum(octet_length(message)), 0) AS bytes FROM log_events
     WHERE stream IN (SELECT id FROM log_streams WHERE log_group = ?)`,
  );
  const stream = database.prepare("SELECT * FROM log_streams WHERE log_group = ? AND name = ?");
  const streams = database.prepare("SELECT * FROM log_streams WHERE log_group = ? ORDER BY name");
  const addStream = database.prepare("INSERT INTO log_streams (log_group, name, created_at) VALUES (?, ?, ?)");
  const removeStream = database.prepare("DELETE FROM log_streams WHERE log_group = ? AND name = ?");
  const addEvent = database.prepare(
    "INSERT INTO log_events (stream, timestamp, ingested_at, message) VALUES (?, ?, ?, ?)",
  );
  const touchStream = database.prepare(
    `UPDATE log_streams SET first_event_at = min(coalesce(first_event_at, ?1), ?1),
       last_event_at = max(coalesce(last_event_at, ?2), ?2), last_ingestion_at = ?3 WHERE id = ?4`,
  );
  const expire = database.prepare(
    "DELETE FROM log_events WHERE timestamp < ?2 AND stream IN (SELECT id FROM log_streams WHERE log_group = ?1)",
  );
  const select = (comparison: string, direction: string) =>
    database.prepare(
      `SELECT e.*, s.name AS stream_name FROM log_events e JOIN log_streams s ON s.id = e.stream
       WHERE s.log_group = ?1 AND s.name IN (SELECT value FROM json_each(?2))
         AND e.timestamp >= ?3 AND e.timestamp < ?4 AND (e.timestamp, e.id) ${comparison} (?5, ?6)
       ORDER BY e.timestamp ${direction}, e.id ${direction} LIMIT ?7`,
    );
  const forward = select(">", "ASC");
  const backward = select("<", "DESC");

  return {
    group(name) {
      const row = group.get(name);
      return row && groupOf(row);
    },
    groups: () => groups.all().map(groupOf),
    putGroup({ name, createdAt, retentionDays, tags }) {
      putGroup.run(name, createdAt, retentionDays ?? null, JSON.stringify(tags));
    },
    removeGroup(name) {
      removeGroup.run(name);
    },
    storedBytes: (name) => Number(storedBytes.get(name)!["bytes"]),
    stream(groupName, name) {
      const row = stream.get(groupName, name);
      return row && streamOf(row);
    },
    streams: (groupName) => streams.all(groupName).map(streamOf),
    addStream(groupName, name, now) {
      addStream.run(groupName, name, now);
    },
    removeStream(groupName, name) {
      removeStream.run(groupName, name);
    },
    addEvents(groupName, name, events, now) {
      inTransaction(database, () => {
        const id = Number(stream.get(groupName, name)!["id"]);
        for (const { timestamp, message } of events) addEvent.run(id, timestamp, now, message);
        touchStream.run(events[0]!.timestamp, events.at(-1)!.timestamp, now, id);
      });
    },
    events(groupName, names, { from, to, beyond, descending, limit }) {
      const edge = descending ? Number.MAX_SAFE_INTEGER : -1;
      const statement = descending ? backward : forward;
      const { timestamp, id } = beyond ?? { timestamp: edge, id: edge };
      return statement.all(groupName, JSON.stringify(names), from, to, timestamp, id, limit).map(eventOf);
    },
    expire(groupName, before) {
      expire.run(groupName, before);
    },
  };
}

function groupOf(row: Record<string, unknown>): LogGroup {
  return {
    name: String(row["name"]),
    createdAt: Number(row["created_at"]),
    retentionDays: (row["retention_days"] as number | null) ?? undefined,
    tags: JSON.parse(String(row["tags"])),
  };
}

function streamOf(row: Record<string, unknown>): LogStream {
  return {
    group: String(row["log_group"]),
    name: String(row["name"]),
    createdAt: Number(row["created_at"]),
    firstEventAt: (row["first_event_at"] as number | null) ?? undefined,
    lastEventAt: (row["last_event_at"] as number | null) ?? undefined,
    lastIngestionAt: (row["last_ingestion_at"] as number | null) ?? undefined,
  };
}

function eventOf(row: Record<string, unknown>): LogEvent {
  return {
    id: Number(row["id"]),
    stream: String(row["stream_name"]),
    timestamp: Number(row["timestamp"]),
    ingestedAt: Number(row["ingested_at"]),
    message: String(row["message"]),
  };
}
