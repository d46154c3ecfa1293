// Every row of a metadata database but for what a living Airflow writes by itself: what a rollback brings back row for row.
import { rowsOf } from "./metadata.ts";

/** By table, each row as text, sorted. */
export type EveryRow = ReadonlyMap<string, readonly string[]>;

/** Heartbeats, logs, what is parsed again from DAG files, sessions of users, and the way of an asset's events. */
const livingTables: readonly string[] = [
  ...["job", "log", "session", "dag_code", "dag_version", "serialized_dag", "dag_warning", "import_error"],
  ...["dag_priority_parsing_request", "callback_request", "rendered_task_instance_fields", "dag_bundle"],
];

/** What else of a row Airflow writes by itself: when it last looked, who has the trigger, who signed in. */
const livingColumns: Readonly<Record<string, readonly string[]>> = {
  // the hash is that of the DAG file as it was parsed last, as long as the run goes on
  dag_run: ["last_scheduling_decision", "updated_at", "dag_hash"],
  task_instance: ["updated_at", "last_heartbeat_at"],
  trigger: ["triggerer_id"],
  ab_user: ["last_login", "login_count", "fail_login_count", "changed_on", "changed_by_fk"],
};

/** Of a DAG the file says all but these. */
const lastingOfDag = "jsonb_build_object('dag_id', t.dag_id, 'is_paused', t.is_paused)";

/** Reads them with the server's own administrator. The canary's rows are the product's own, and left out. */
export async function everyRowOf(home: string, database: string): Promise<EveryRow> {
  const tables = await rowsOf<{ name: string }>(
    home,
    database,
    "select tablename as name from pg_tables where schemaname = 'public' and not tablename = any($1) order by 1",
    [livingTables],
  );
  const all = new Map<string, readonly string[]>();
  for (const { name } of tables) {
    const rows = await rowsOf<{ row: string }>(
      home,
      database,
      `select (${name === "dag" ? lastingOfDag : "to_jsonb(t)"} - $1::text[])::text as row from public."${name}" t
        where coalesce(to_jsonb(t) ->> 'dag_id', '') not like E'\\_hangar%' order by 1`,
      [livingColumns[name] ?? []],
    );
    all.set(
      name,
      rows.map(({ row }) => row),
    );
  }
  return all;
}

/** @returns a sentence for each table that differs; none: they are the same, row for row */
export function differences(before: EveryRow, after: EveryRow): readonly string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) => {
    const [was, is] = [before.get(name) ?? [], after.get(name) ?? []];
    const gone = without(was, is);
    const come = without(is, was);
    if (gone.length + come.length === 0) return [];
    const example = (rows: readonly string[]) => (rows[0] ? ` (${rows[0].slice(0, 900)})` : "");
    return [`${name}: ${gone.length} rows are gone${example(gone)}, ${come.length} have come${example(come)}`];
  });
}

/** The same without some columns of a table. */
export function withoutColumns(all: EveryRow, table: string, columns: readonly string[]): EveryRow {
  const shortened = (all.get(table) ?? []).map((row) => {
    const members = Object.entries(JSON.parse(row) as object).filter(([name]) => !columns.includes(name));
    return JSON.stringify(Object.fromEntries(members));
  });
  return new Map(all).set(table, shortened);
}

/** How many rows there are, and in how many tables. */
export function countText(rows: EveryRow): string {
  const filled = [...rows.values()].filter(({ length }) => length > 0);
  return `${filled.reduce((sum, { length }) => sum + length, 0)} rows of ${filled.length} tables`;
}

/** Rows of the first that the second has not, each as often as it is missing. */
function without(rows: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const row of others) left.set(row, (left.get(row) ?? 0) + 1);
  return rows.filter((row) => {
    const count = left.get(row) ?? 0;
    if (count > 0) left.set(row, count - 1);
    return count === 0;
  });
}
