// Inside of a copy that becomes another environment's: what still speaks of the environment it was.
import { exists } from "./postgres-copy-contents.ts";
import { quoted } from "./postgres-roles.ts";
import { inTransaction, type Session } from "./postgres-session.ts";

/** The hidden DAG a new environment is tried with (dataplane: canary_file.py). */
const canary = "_hangar_canary";

/** In this order: a version is kept by the task instances that name it, and takes what was serialized of it along. */
const canaryTables = ["dag_run", "task_instance_history", "serialized_dag", "dag_version"];

/**
 * In one transaction; a repeat finds nothing to do. A DAG is paused until it was parsed anew, because it is serialized with the
 * queue of the environment it was parsed in, which the new one's executor does not know.
 * @param role owns the copy
 */
export async function settleClone(within: Session, role: string, paused: "until lifted" | "for good"): Promise<void> {
  await inTransaction(within, async () => {
    if (paused === "until lifted") await noteUnpaused(within, role);
    else await within.query("DROP TABLE IF EXISTS hangar.held_dag");
    await within.query("UPDATE public.dag SET is_paused = true WHERE NOT is_paused");
    for (const table of canaryTables) {
      if (await exists(within, `public.${table}`))
        await within.query(`DELETE FROM public.${table} WHERE dag_id = $1`, [canary]);
    }
    // Airflow 2 pins no run to a release
    if (await hasColumn(within, "public.dag_run", "bundle_version"))
      await within.query("UPDATE public.dag_run SET bundle_version = NULL WHERE state IN ('queued', 'running')");
  });
}

/** As the migration of an upgrade notes them, for `liftHold` (dataplane: copy_hold.py). */
async function noteUnpaused(within: Session, role: string): Promise<void> {
  await within.query(`CREATE SCHEMA IF NOT EXISTS hangar AUTHORIZATION ${quoted(role)}`);
  await within.query("CREATE TABLE IF NOT EXISTS hangar.held_dag (dag_id text PRIMARY KEY)");
  await within.query(`ALTER TABLE hangar.held_dag OWNER TO ${quoted(role)}`);
  await within.query(
    "INSERT INTO hangar.held_dag SELECT dag_id FROM public.dag WHERE NOT is_paused AND dag_id <> $1 ON CONFLICT DO NOTHING",
    [canary],
  );
}

async function hasColumn(within: Session, table: string, column: string): Promise<boolean> {
  const found = await within.query(
    "SELECT FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2 AND NOT attisdropped",
    [table, column],
  );
  return found.length > 0;
}
