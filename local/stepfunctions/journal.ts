// The durable record of machines, executions and their history. An execution is in here before it is answered for, so
// that whoever started it can always ask what became of it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { inTransaction, openDatabase } from "../sqlite.ts";
import { retentionMilliseconds } from "./limits.ts";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** Dates are milliseconds since the epoch; input and output are JSON text. */
export interface ExecutionRow {
  readonly arn: string;
  readonly machineArn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly input: string;
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
  readonly startedAt: number;
  readonly stoppedAt: number | null;
}

export interface MachineRow {
  readonly arn: string;
  readonly name: string;
  readonly definition: string;
  readonly roleArn: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly revision: string;
}

/** One event, in the service's own shape but for the timestamp: milliseconds here, seconds on the wire. */
export interface HistoryEvent {
  readonly type: string;
  readonly timestamp: number;
  /** e.g. `{ stateEnteredEventDetails: {…} }` */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Outcome {
  readonly status: Exclude<ExecutionStatus, "RUNNING">;
  readonly output?: string;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

export type Journal = ReturnType<typeof openJournal>;

/**
 * Opens the journal in `<folder>/executions.sqlite`.
 *
 * WAL with `synchronous=NORMAL`: what is answered survives a kill of the process. A power failure may lose the last
 * commits, which costs nothing here: a lost execution is found missing by whoever started it, and started again.
 */
export function openJournal(folder: string, now: () => number) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const schema = `
    CREATE TABLE IF NOT EXISTS machines (
      arn TEXT PRIMARY KEY, name TEXT NOT NULL, definition TEXT NOT NULL, roleArn TEXT NOT NULL,
      createdAt INTEGER NOT NULL, updatedAt INTEGER NOT NULL, revision TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS executions (
      arn TEXT PRIMARY KEY, machineArn TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, input TEXT NOT NULL,
      output TEXT, error TEXT, cause TEXT, startedAt INTEGER NOT NULL, stoppedAt INTEGER
    ) STRICT;
    CREATE INDEX IF NOT EXISTS executionsOfMachine ON executions (machineArn, startedAt DESC);
    CREATE TABLE IF NOT EXISTS events (
      executionArn TEXT NOT NULL, id INTEGER NOT NULL, type TEXT NOT NULL, timestamp INTEGER NOT NULL,
      details TEXT NOT NULL, PRIMARY KEY (executionArn, id)
    ) STRICT, WITHOUT ROWID;
  `;
  const database = openDatabase(join(folder, "executions.sqlite"), "NORMAL", schema);
  const expired = now() - retentionMilliseconds;
  database
    .prepare("DELETE FROM events WHERE executionArn IN (SELECT arn FROM executions WHERE stoppedAt < ?)")
    .run(expired);
  database.prepare("DELETE FROM executions WHERE stoppedAt < ?").run(expired);

  const find = database.prepare("SELECT * FROM executions WHERE arn = ?");
  const insert = database.prepare(
    "INSERT INTO executions (arn, machineArn, name, status, input, startedAt) VALUES (?, ?, ?, 'RUNNING', ?, ?)",
  );
  const finish = database.prepare(
    "UPDATE executions SET status = ?, output = ?, error = ?, cause = ?, stoppedAt = ? WHERE arn = ? AND status = 'RUNNING'",
  );
  const append = database.prepare(
    "INSERT INTO events (executionArn, id, type, timestamp, details) VALUES (?, ?, ?, ?, ?)",
  );
  const lastId = database.prepare("SELECT coalesce(max(id), 0) AS id FROM events WHERE executionArn = ?");

  function appendEvent(executionArn: string, event: HistoryEvent): number {
    const id = Number(lastId.get(executionArn)?.["id"]) + 1;
    append.run(executionArn, id, event.type, event.timestamp, JSON.stringify(event.details));
    return id;
  }

  const transaction = <T>(work: () => T): T => inTransaction(database, work);

  return {
    machine: (arn: string) =>
      database.prepare("SELECT * FROM machines WHERE arn = ?").get(arn) as MachineRow | undefined,

    machines: (page: Page) =>
      database
        .prepare("SELECT * FROM machines ORDER BY name LIMIT ? OFFSET ?")
        .all(page.limit, page.offset) as unknown as MachineRow[],

    putMachine(row: MachineRow): void {
      database
        .prepare(
          `INSERT INTO machines (arn, name, definition, roleArn, createdAt, updatedAt, revision) VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (arn) DO UPDATE SET definition = excluded.definition, roleArn = excluded.roleArn,
             updatedAt = excluded.updatedAt, revision = excluded.revision`,
        )
        .run(row.arn, row.name, row.definition, row.roleArn, row.createdAt, row.updatedAt, row.revision);
    },

    deleteMachine(arn: string): void {
      database.prepare("DELETE FROM machines WHERE arn = ?").run(arn);
    },

    execution: (arn: string) => find.get(arn) as ExecutionRow | undefined,

    /** Newest first. */
    executions: (machineArn: string, status: string | undefined, page: Page) =>
      database
        .prepare(
          `SELECT * FROM executions WHERE machineArn = ? AND (? IS NULL OR status = ?)
           ORDER BY startedAt DESC, rowid DESC LIMIT ? OFFSET ?`,
        )
        .all(machineArn, status ?? null, status ?? null, page.limit, page.offset) as unknown as ExecutionRow[],

    running: () =>
      database.prepare("SELECT * FROM executions WHERE status = 'RUNNING'").all() as unknown as ExecutionRow[],

    /** Writes the execution and its first event, together. */
    begin(row: Pick<ExecutionRow, "arn" | "machineArn" | "name" | "input" | "startedAt">, first: HistoryEvent): void {
      transaction(() => {
        insert.run(row.arn, row.machineArn, row.name, row.input, row.startedAt);
        appendEvent(row.arn, first);
      });
    },

    /** @returns the event's number, from 1 */
    append: appendEvent,

    /** Closes a running execution, with its last event; does nothing to one already closed. */
    end(arn: string, outcome: Outcome, last: HistoryEvent): void {
      const { status, output = null, error = null, cause = null } = outcome;
      transaction(() => {
        if (finish.run(status, output, error, cause, last.timestamp, arn).changes > 0) appendEvent(arn, last);
      });
    },

    history(executionArn: string, reverse: boolean, page: Page) {
      const rows = database
        .prepare(`SELECT * FROM events WHERE executionArn = ? ORDER BY id ${reverse ? "DESC" : "ASC"} LIMIT ? OFFSET ?`)
        .all(executionArn, page.limit, page.offset);
      return rows.map((row) => ({
        id: Number(row["id"]),
        type: String(row["type"]),
        timestamp: Number(row["timestamp"]),
        details: JSON.parse(String(row["details"])) as Record<string, unknown>,
      }));
    },

    close: () => database.close(),
  };
}
