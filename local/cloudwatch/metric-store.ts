// Metrics on disk: one row for each metric, second or minute, and unit, merged as data arrive. Bounded by retention.
import type { DatabaseSync } from "node:sqlite";
import { inTransaction } from "../sqlite.ts";
import type { Dimension, MetricDatum } from "./metric-data.ts";

/** A summary of what was measured in one second or minute. */
export interface Sample {
  /** Milliseconds since the epoch at which the second or minute begins. */
  readonly start: number;
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
  /** How often each value came; undefined once a statistic set without a distribution was merged in. */
  readonly values: Readonly<Record<string, number>> | undefined;
}

export interface StoredSample extends Sample {
  readonly unit: string;
}

export interface Metric {
  readonly namespace: string;
  readonly name: string;
  /** In the order of their names. */
  readonly dimensions: readonly Dimension[];
}

export const metricSchema = `
CREATE TABLE IF NOT EXISTS metrics (
  id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL, dimensions TEXT NOT NULL,
  last_start INTEGER NOT NULL, UNIQUE (namespace, name, dimensions)
) STRICT;
CREATE TABLE IF NOT EXISTS samples (
  metric INTEGER NOT NULL, start INTEGER NOT NULL, unit TEXT NOT NULL, count REAL NOT NULL, sum REAL NOT NULL,
  minimum REAL NOT NULL, maximum REAL NOT NULL, distribution TEXT, PRIMARY KEY (metric, start, unit)
) STRICT, WITHOUT ROWID;`;

export interface MetricStore {
  /** Merges data into what is there, all or nothing. */
  add(namespace: string, data: readonly MetricDatum[]): void;
  /** Samples of one metric with `from <= start < to`, in order of time; of one unit, or of all. */
  samples(metric: Metric, from: number, to: number, unit?: string): readonly StoredSample[];
  /** Metrics with data since `activeSince`, in order of name, from the one at `offset` on. */
  metrics(filter: { namespace?: string; name?: string; activeSince: number }): readonly Metric[];
  /** Forgets what began before that moment. */
  expire(before: number): void;
}

/** Opens the metric tables. */
export function openMetricStore(database: DatabaseSync): MetricStore {
  const find = database.prepare("SELECT id FROM metrics WHERE namespace = ? AND name = ? AND dimensions = ?");
  const touch = database.prepare(
    `INSERT INTO metrics (namespace, name, dimensions, last_start) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET last_start = max(last_start, excluded.last_start) RETURNING id`,
  );
  const select = database.prepare("SELECT * FROM samples WHERE metric = ? AND start = ? AND unit = ?");
  const write = database.prepare("INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const range = database.prepare("SELECT * FROM samples WHERE metric = ? AND start >= ? AND start < ? ORDER BY start");
  const listed = database.prepare(
    `SELECT * FROM metrics WHERE last_start >= ?1 AND (?2 IS NULL OR namespace = ?2) AND (?3 IS NULL OR name = ?3)
     ORDER BY namespace, name, dimensions`,
  );
  const expireSamples = database.prepare("DELETE FROM samples WHERE start < ?");
  const expireMetrics = database.prepare("DELETE FROM metrics WHERE last_start < ?");

  return {
    add(namespace, data) {
      inTransaction(database, () => {
        for (const { name, dimensions, unit, sample } of data) {
          const id = Number(touch.get(namespace, name, JSON.stringify(dimensions), sample.start)!["id"]);
          const existing = select.get(id, sample.start, unit);
          const { start, count, sum, minimum, maximum, values } = existing ? merge(sampleOf(existing), sample) : sample;
          const distribution = values === undefined ? null : JSON.stringify(values);
          write.run(id, start, unit, count, sum, minimum, maximum, distribution);
        }
      });
    },
    samples(metric, from, to, unit) {
      const row = find.get(metric.namespace, metric.name, JSON.stringify(metric.dimensions));
      if (!row) return [];
      const all = range.all(Number(row["id"]), from, to).map(sampleOf);
      return unit === undefined ? all : all.filter((sample) => sample.unit === unit);
    },
    metrics({ namespace, name, activeSince }) {
      return listed.all(activeSince, namespace ?? null, name ?? null).map((row) => ({
        namespace: String(row["namespace"]),
        name: String(row["name"]),
        dimensions: JSON.parse(String(row["dimensions"])),
      }));
    },
    expire(before) {
      inTransaction(database, () => {
        expireSamples.run(before);
        expireMetrics.run(before);
      });
    },
  };
}

/** Two summaries of the same stretch of time as one. */
export function merge<Kind extends Sample>(first: Kind, second: Sample): Kind {
  return {
    ...first,
    count: first.count + second.count,
    sum: first.sum + second.sum,
    minimum: Math.min(first.minimum, second.minimum),
    maximum: Math.max(first.maximum, second.maximum),
    values: first.values && second.values ? mergeValues(first.values, second.values) : undefined,
  };
}

function mergeValues(
  first: Readonly<Record<string, number>>,
  second: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const merged: Record<string, number> = { ...first };
  for (const [value, count] of Object.entries(second)) merged[value] = (merged[value] ?? 0) + count;
  return merged;
}

function sampleOf(row: Record<string, unknown>): StoredSample {
  const distribution = row["distribution"] as string | null;
  return {
    start: Number(row["start"]),
    unit: String(row["unit"]),
    count: Number(row["count"]),
    sum: Number(row["sum"]),
    minimum: Number(row["minimum"]),
    maximum: Number(row["maximum"]),
    values: distribution === null ? undefined : JSON.parse(distribution),
  };
}
