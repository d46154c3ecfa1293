// Alarms on disk: configuration, state, tags, history, and the events of their changes that are still to be handed over.
// A change of state, its history item and its event are one transaction: none of them is ever there without the others.
import type { DatabaseSync } from "node:sqlite";
import type { BusEvent } from "../engine.ts";
import { inTransaction } from "../sqlite.ts";
import { type Alarm, isHighResolution, metricKey, metricOf } from "./alarm.ts";
import type { HistoryItem } from "./alarm-history.ts";
import type { Metric } from "./metric-store.ts";

export const alarmSchema = `
CREATE TABLE IF NOT EXISTS alarms (
  name TEXT PRIMARY KEY, metric TEXT NOT NULL, high_resolution INTEGER NOT NULL, state TEXT NOT NULL,
  alarm TEXT NOT NULL, tags TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS alarms_of_metric ON alarms (metric);
CREATE TABLE IF NOT EXISTS history (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, at INTEGER NOT NULL, type TEXT NOT NULL, summary TEXT NOT NULL,
  data TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS history_of_alarm ON history (name, id);
CREATE INDEX IF NOT EXISTS history_in_time ON history (at);
CREATE TABLE IF NOT EXISTS outbox (sequence INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL) STRICT;`;

export type Tags = Readonly<Record<string, string>>;

/** What is written down with an alarm's change. */
export interface Change {
  readonly history?: HistoryItem;
  readonly event?: BusEvent;
}

export interface AlarmStore {
  find(name: string): Alarm | undefined;
  /** Alarms in the order of their names: those after `after` that fit, at most `limit`. */
  list(filter: AlarmFilter): readonly Alarm[];
  /** Alarms of one metric. */
  ofMetric(metric: Metric): readonly Alarm[];
  /** Names of the alarms of one metric that are looked at as soon as it has data. */
  highResolutionOfMetric(metric: Metric): readonly string[];
  /** Names of all alarms of one kind. */
  names(kind: { readonly highResolution: boolean }): readonly string[];
  count(): number;
  /** Writes a new or changed alarm, and what goes with it. */
  put(alarm: Alarm, change: Change, tags?: Tags): void;
  remove(name: string, change: Change): void;
  tags(name: string): Tags | undefined;
  setTags(name: string, tags: Tags): void;
  /** Items of one alarm or all, one page; `beyond` is the id of the last item of the page before. */
  history(filter: HistoryFilter): readonly (HistoryItem & { readonly id: number })[];
  /** Forgets history from before that moment. */
  expireHistory(before: number): void;
  /** The oldest events that were not yet handed over. */
  pendingEvents(limit: number): readonly { readonly sequence: number; readonly event: BusEvent }[];
  forgetEvent(sequence: number): void;
}

export interface AlarmFilter {
  /** Of the name. */
  readonly prefix?: string;
  readonly state?: string;
  /** Of any of its actions. */
  readonly actionPrefix?: string;
  readonly after?: string;
  readonly limit: number;
}

export interface HistoryFilter {
  readonly name?: string;
  readonly type?: string;
  /** Milliseconds since the epoch, both ends included. */
  readonly from: number;
  readonly to: number;
  readonly newestFirst: boolean;
  readonly beyond?: number;
  readonly limit: number;
}

/** Opens the alarm tables. */
export function openAlarmStore(database: DatabaseSync): AlarmStore {
  const find = database.prepare("SELECT alarm FROM alarms WHERE name = ?");
  const list = database.prepare(
    `SELECT alarm FROM alarms WHERE name > ?1 AND substr(name, 1, length(?2)) = ?2 AND (?3 IS NULL OR state = ?3)
       AND (?4 IS NULL OR EXISTS (
         SELECT 1 FROM json_each(alarm, '$.configuration') AS member, json_each(member.value) AS action
         WHERE member.key IN ('okActions', 'alarmActions', 'insufficientDataActions')
           AND substr(action.value, 1, length(?4)) = ?4))
     ORDER BY name LIMIT ?5`,
  );
  const ofMetric = database.prepare("SELECT alarm FROM alarms WHERE metric = ? ORDER BY name");
  const highResolution = database.prepare("SELECT name FROM alarms WHERE metric = ? AND high_resolution = 1");
  const names = database.prepare("SELECT name FROM alarms WHERE high_resolution = ? ORDER BY name");
  const count = database.prepare("SELECT count(*) AS count FROM alarms");
  const put = database.prepare(
    `INSERT INTO alarms (name, metric, high_resolution, state, alarm, tags) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET metric = excluded.metric, high_resolution = excluded.high_resolution,
       state = excluded.state, alarm = excluded.alarm`,
  );
  const remove = database.prepare("DELETE FROM alarms WHERE name = ?");
  const tags = database.prepare("SELECT tags FROM alarms WHERE name = ?");
  const setTags = database.prepare("UPDATE alarms SET tags = ? WHERE name = ?");
  const addHistory = database.prepare("INSERT INTO history (name, at, type, summary, data) VALUES (?, ?, ?, ?, ?)");
  const pages = {
    ascending: database.prepare(historyPage("id > ?5", "id")),
    descending: database.prepare(historyPage("id < ?5", "id DESC")),
  };
  const expireHistory = database.prepare("DELETE FROM history WHERE at < ?");
  const addEvent = database.prepare("INSERT INTO outbox (event) VALUES (?)");
  const pending = database.prepare("SELECT sequence, event FROM outbox ORDER BY sequence LIMIT ?");
  const forget = database.prepare("DELETE FROM outbox WHERE sequence = ?");

  const write = ({ history, event }: Change): void => {
    if (history) addHistory.run(history.alarmName, history.at, history.type, history.summary, history.data);
    if (event) addEvent.run(JSON.stringify(event));
  };

  return {
    find: (name) => alarms(find.all(name))[0],
    list: ({ prefix, state, actionPrefix, after, limit }) =>
      alarms(list.all(after ?? "", prefix ?? "", state ?? null, actionPrefix ?? null, limit)),
    ofMetric: (metric) => alarms(ofMetric.all(metricKey(metric))),
    highResolutionOfMetric: (metric) => highResolution.all(metricKey(metric)).map((row) => String(row["name"])),
    names: (kind) => names.all(kind.highResolution ? 1 : 0).map((row) => String(row["name"])),
    count: () => Number(count.get()!["count"]),
    put(alarm, change, first = {}) {
      const { configuration, state } = alarm;
      const metric = metricKey(metricOf(configuration));
      const high = isHighResolution(configuration) ? 1 : 0;
      inTransaction(database, () => {
        put.run(configuration.name, metric, high, state.value, JSON.stringify(alarm), JSON.stringify(first));
        write(change);
      });
    },
    remove(name, change) {
      inTransaction(database, () => {
        remove.run(name);
        write(change);
      });
    },
    tags(name) {
      const row = tags.get(name);
      return row && JSON.parse(String(row["tags"]));
    },
    setTags: (name, all) => void setTags.run(JSON.stringify(all), name),
    history({ name, type, from, to, newestFirst, beyond, limit }) {
      const page = newestFirst ? pages.descending : pages.ascending;
      const edge = beyond ?? (newestFirst ? Number.MAX_SAFE_INTEGER : 0);
      return page.all(name ?? null, type ?? null, from, to, edge, limit).map((row) => ({
        id: Number(row["id"]),
        alarmName: String(row["name"]),
        at: Number(row["at"]),
        type: String(row["type"]) as HistoryItem["type"],
        summary: String(row["summary"]),
        data: String(row["data"]),
      }));
    },
    expireHistory: (before) => void expireHistory.run(before),
    pendingEvents: (limit) =>
      pending.all(limit).map((row) => ({ sequence: Number(row["sequence"]), event: JSON.parse(String(row["event"])) })),
    forgetEvent: (sequence) => void forget.run(sequence),
  };
}

function historyPage(beyond: string, order: string): string {
  return `SELECT * FROM history WHERE (?1 IS NULL OR name = ?1) AND (?2 IS NULL OR type = ?2) AND at BETWEEN ?3 AND ?4
    AND ${beyond} ORDER BY ${order} LIMIT ?6`;
}

function alarms(rows: readonly Record<string, unknown>[]): readonly Alarm[] {
  return rows.map((row) => JSON.parse(String(row["alarm"])));
}
