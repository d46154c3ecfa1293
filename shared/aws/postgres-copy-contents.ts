// Inside of a copy: what became of its migration, which tasks still name the old queue, and what is held until the commit.
import pg from "pg";
import type { CopyFacts, MigrationFacts } from "../ports/database-copies.ts";
import { connectionCount } from "./postgres-roles.ts";
import { inTransaction, type Session } from "./postgres-session.ts";

/** Airflow's unfinished states but those of a task that runs (airflow/utils/state.py); each by the index on state. */
const waiting = `(state IS NULL OR state IN
  ('scheduled', 'queued', 'deferred', 'up_for_retry', 'up_for_reschedule', 'awaiting_input'))`;

/** A migration that begins between two questions holds its tables for as long as it lasts. */
const patienceMilliseconds = 2_000;

/** @param queue the old generation's */
export async function lookInside(within: Session, database: string, queue: string): Promise<CopyFacts> {
  await within.query(`SET lock_timeout = ${patienceMilliseconds}`);
  const migration = await migrationOf(within);
  const settled = migration.state === "untouched" || migration.state === "done";
  return {
    migration,
    queued: settled ? await countWaiting(within, queue) : 0,
    connections: await connectionCount(within, database),
  };
}

/**
 * Gives what waits in the old queue back to the scheduler, and renames the queue wherever a task is yet to run. A queued
 * one stays the same attempt, as where Airflow's scheduler finds it stuck (scheduler_job_runner.py, _reschedule_stuck_task).
 */
export async function requeueTasks(
  within: Session,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  await inTransaction(within, async () => {
    await within.query(
      `UPDATE public.task_instance SET queue = $2, state = 'scheduled', queued_dttm = NULL, queued_by_job_id = NULL,
              external_executor_id = NULL, updated_at = now() WHERE state = 'queued' AND queue = $1`,
      [from, to],
    );
    await within.query(`UPDATE public.task_instance SET queue = $2 WHERE ${waiting} AND queue = $1`, [from, to]);
  });
}

/**
 * Unpauses what the migration paused and gives callbacks back to be run, in one transaction; a repeat finds nothing. The
 * new generation still adds to both tables while it is held (dataplane: copy_hold.py), so they are locked first: what comes
 * later waits, and finds no hold.
 */
export async function liftHold(within: Session): Promise<void> {
  await inTransaction(within, async () => {
    if (await exists(within, "public.dag_version")) await nameVersions(within);
    if (await exists(within, "hangar.held_dag")) {
      await within.query("LOCK TABLE hangar.held_dag IN ACCESS EXCLUSIVE MODE");
      await within.query(
        "UPDATE public.dag SET is_paused = false WHERE dag_id IN (SELECT dag_id FROM hangar.held_dag)",
      );
      await within.query("DROP TABLE hangar.held_dag");
    }
    if (await exists(within, "hangar.held_callback")) {
      await within.query("LOCK TABLE hangar.held_callback IN ACCESS EXCLUSIVE MODE");
      // `callback` since Airflow 3.2, `callback_request` before
      const table = (await exists(within, "public.callback_request")) ? "callback_request" : "callback";
      const columns = await columnsOfHeld(within);
      await within.query(
        `INSERT INTO public.${table} (${columns}) SELECT ${columns} FROM hangar.held_callback ON CONFLICT DO NOTHING`,
      );
      await within.query("DROP TABLE hangar.held_callback");
    }
  });
}

/**
 * Airflow 3 queues no task instance without a version of its DAG, and what comes from 2 has none: it would lie in `queued` for
 * minutes until the scheduler finds it stuck. By now the new generation has parsed the DAGs, and the newest version is theirs.
 */
async function nameVersions(within: Session): Promise<void> {
  await within.query(
    `UPDATE public.task_instance SET dag_version_id = newest.id
       FROM (SELECT DISTINCT ON (dag_id) dag_id, id FROM public.dag_version ORDER BY dag_id, version_number DESC) AS newest
      WHERE newest.dag_id = task_instance.dag_id AND dag_version_id IS NULL AND ${waiting}`,
  );
}

/** As the one-off task wrote it (`hangar-agent migrate-copy`). */
async function migrationOf(within: Session): Promise<MigrationFacts> {
  if (!(await exists(within, "hangar.migration"))) return { state: "untouched" };
  const [row] = await within.query<{ outcome: string | null; seconds: number | null; detail: string | null }>(
    `SELECT outcome, extract(epoch FROM ended_at - began_at)::float8 AS seconds,
            coalesce(to_jsonb(detail) #>> '{}', '') AS detail FROM hangar.migration LIMIT 1`,
  );
  if (!row) return { state: "untouched" };
  if (row.outcome === "done") return { state: "done", seconds: row.seconds ?? 0 };
  if (row.outcome === "failed") return { state: "failed", reason: row.detail || "The migration gives no reason." };
  return { state: "begun" };
}

async function countWaiting(within: Session, queue: string): Promise<number> {
  const [row] = await within.query<{ waiting: number }>(
    `SELECT count(*)::int AS waiting FROM public.task_instance WHERE ${waiting} AND queue = $1`,
    [queue],
  );
  return row!.waiting;
}

/** Whether a table is there, by its schema and name. */
export async function exists(within: Session, table: string): Promise<boolean> {
  const [row] = await within.query<{ there: boolean }>("SELECT to_regclass($1) IS NOT NULL AS there", [table]);
  return row!.there;
}

async function columnsOfHeld(within: Session): Promise<string> {
  const rows = await within.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
      WHERE attrelid = 'hangar.held_callback'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
  );
  return rows.map(({ name }) => pg.escapeIdentifier(name)).join(", ");
}
