// Rules, their targets, and what is still to be delivered. A delivery is written before the event is acknowledged and
// removed only when its target has taken it.
import { join } from "node:path";
import { inTransaction, openDatabase } from "../sqlite.ts";

export interface RuleRow {
  readonly name: string;
  /** JSON text. */
  readonly pattern: string;
  readonly state: "ENABLED" | "DISABLED";
  readonly description: string;
  /** 1 when the rule came from the wiring and follows it. */
  readonly declared: number;
}

export interface TargetRow {
  readonly rule: string;
  readonly id: string;
  readonly arn: string;
  readonly input: string | null;
  readonly inputPath: string | null;
}

export interface DeliveryRow {
  readonly id: number;
  readonly rule: string;
  readonly targetArn: string;
  /** JSON text as the target gets it. */
  readonly payload: string;
  readonly attempts: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly nextAt: number;
}

export interface NewDelivery {
  readonly rule: string;
  readonly targetArn: string;
  readonly payload: string;
  /** Under unkind mode an event may be under way for a while. */
  readonly delayMilliseconds?: number;
}

export type EventStore = ReturnType<typeof openStore>;

/**
 * Opens `<folder>/events.sqlite`. WAL with `synchronous=NORMAL`: survives a kill of the process; a power failure may lose
 * the last commits, which the periodic checks of every event's consumer cover.
 */
export function openStore(folder: string) {
  const schema = `
    CREATE TABLE IF NOT EXISTS rules (
      name TEXT PRIMARY KEY, pattern TEXT NOT NULL, state TEXT NOT NULL, description TEXT NOT NULL, declared INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS targets (
      rule TEXT NOT NULL, id TEXT NOT NULL, arn TEXT NOT NULL, input TEXT, inputPath TEXT, PRIMARY KEY (rule, id)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS deliveries (
      id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, targetArn TEXT NOT NULL, payload TEXT NOT NULL,
      attempts INTEGER NOT NULL, createdAt INTEGER NOT NULL, nextAt INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS deliveriesDue ON deliveries (nextAt, id);
  `;
  const database = openDatabase(join(folder, "events.sqlite"), "NORMAL", schema);
  const insert = database.prepare(
    "INSERT INTO deliveries (rule, targetArn, payload, attempts, createdAt, nextAt) VALUES (?, ?, ?, 0, ?, ?)",
  );
  const due = database.prepare("SELECT * FROM deliveries WHERE nextAt <= ? ORDER BY id LIMIT ?");
  const remove = database.prepare("DELETE FROM deliveries WHERE id = ?");
  const postpone = database.prepare("UPDATE deliveries SET attempts = attempts + 1, nextAt = ? WHERE id = ?");
  const next = database.prepare("SELECT min(nextAt) AS at FROM deliveries");

  const transaction = <T>(work: () => T): T => inTransaction(database, work);

  return {
    transaction,
    rules: () => database.prepare("SELECT * FROM rules ORDER BY name").all() as unknown as RuleRow[],
    rule: (name: string) => database.prepare("SELECT * FROM rules WHERE name = ?").get(name) as RuleRow | undefined,
    putRule(row: RuleRow): void {
      database
        .prepare("INSERT OR REPLACE INTO rules (name, pattern, state, description, declared) VALUES (?, ?, ?, ?, ?)")
        .run(row.name, row.pattern, row.state, row.description, row.declared);
    },
    deleteRule(name: string): void {
      database.prepare("DELETE FROM rules WHERE name = ?").run(name);
    },
    targets: (rule: string) =>
      database.prepare("SELECT * FROM targets WHERE rule = ? ORDER BY id").all(rule) as unknown as TargetRow[],
    putTarget(row: TargetRow): void {
      database
        .prepare("INSERT OR REPLACE INTO targets (rule, id, arn, input, inputPath) VALUES (?, ?, ?, ?, ?)")
        .run(row.rule, row.id, row.arn, row.input, row.inputPath);
    },
    deleteTarget: (rule: string, id: string) =>
      database.prepare("DELETE FROM targets WHERE rule = ? AND id = ?").run(rule, id).changes > 0,

    /** Keeps all deliveries of one event, or none. */
    enqueue(deliveries: readonly NewDelivery[], now: number): void {
      transaction(() => {
        for (const { rule, targetArn, payload, delayMilliseconds = 0 } of deliveries) {
          insert.run(rule, targetArn, payload, now, now + delayMilliseconds);
        }
      });
    },
    due: (now: number, limit: number) => due.all(now, limit) as unknown as DeliveryRow[],
    done(id: number): void {
      remove.run(id);
    },
    postpone(id: number, nextAt: number): void {
      postpone.run(nextAt, id);
    },
    /** When the earliest delivery is due, in milliseconds since the epoch. */
    nextDue: () => next.get()?.["at"] as number | null | undefined,
    close: () => database.close(),
  };
}
