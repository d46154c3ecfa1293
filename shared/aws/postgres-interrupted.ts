// Task instances that were ended with their worker: what the rows say runs is listed and marked to run again, in Airflow's
// own tables of 2.10 and later. What each statement does is what Airflow's clear_task_instances does to a row
// (airflow/models/taskinstance.py of 2.11.2 and 3.3.1).
import pg from "pg";
import { HangarError } from "../domain/errors.ts";
import type { Interrupted } from "../ports/database-copies.ts";
import { quoted } from "./postgres-roles.ts";
import { inTransaction, type Session } from "./postgres-session.ts";

/** By the index on state. The canary's own runs are nobody's work. */
const ended = "state IN ('running', 'restarting') AND dag_id <> '_hangar_canary'";

/** A time-ordered identifier (RFC 9562, version 7), as Airflow 3 gives its task instances. */
const newId = `encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
    substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
  52, 1), 53, 1), 'hex')::uuid`;

/** How many task instances run by their rows. */
export async function countRunning(within: Session): Promise<number> {
  const [row] = await within.query<{ running: number }>(
    `SELECT count(*)::int AS running FROM public.task_instance WHERE ${ended}`,
  );
  return row!.running;
}

/**
 * Lists and marks, in one transaction. What it makes belongs to the database's own role, so that a copy's new role gets it.
 * @returns the operation's whole list
 * @throws DependencyUnavailable while the role may log in: then somebody may still run what would be marked
 */
export async function retryInterrupted(
  within: Session,
  role: string,
  operationId: string,
): Promise<readonly Interrupted[]> {
  return inTransaction(within, async () => {
    await requireClosed(within, role);
    await within.query(`SET LOCAL ROLE ${quoted(role)}`);
    await within.query("CREATE SCHEMA IF NOT EXISTS hangar");
    await within.query(`CREATE TABLE IF NOT EXISTS hangar.interrupted (
      operation_id text, dag_id text, run_id text, task_id text, map_index integer, try_number integer,
      PRIMARY KEY (operation_id, dag_id, run_id, task_id, map_index, try_number))`);
    await within.query(
      `INSERT INTO hangar.interrupted
       SELECT $1, dag_id, run_id, task_id, map_index, coalesce(try_number, 0) FROM public.task_instance WHERE ${ended}
       ON CONFLICT DO NOTHING`,
      [operationId],
    );
    await mark(within);
    return listOf(within, operationId);
  });
}

/** Only looks. @returns the operation's whole list; none where nothing was ever listed */
export async function listInterrupted(
  within: Session,
  role: string,
  operationId: string,
): Promise<readonly Interrupted[]> {
  return inTransaction(within, async () => {
    const [row] = await within.query<{ there: boolean }>(
      "SELECT to_regclass('hangar.interrupted') IS NOT NULL AS there",
    );
    if (!row?.there) return [];
    await within.query(`SET LOCAL ROLE ${quoted(role)}`);
    return listOf(within, operationId);
  });
}

const listOf = (within: Session, operationId: string): Promise<readonly Interrupted[]> =>
  within.query<pg.QueryResultRow & Interrupted>(
    `SELECT dag_id AS "dagId", run_id AS "runId", task_id AS "taskId", map_index AS "mapIndex",
            try_number AS "tryNumber" FROM hangar.interrupted
      WHERE operation_id = $1 ORDER BY dag_id, run_id, task_id, map_index, try_number`,
    [operationId],
  );

async function requireClosed(within: Session, role: string): Promise<void> {
  const [row] = await within.query<{ open: boolean }>("SELECT rolcanlogin AS open FROM pg_roles WHERE rolname = $1", [
    role,
  ]);
  if (row?.open !== true) return;
  throw new HangarError(
    "DependencyUnavailable",
    `Tasks are not marked to run again while ${role} may log in: somebody may still run them. Close its door first.`,
  );
}

/**
 * The attempt goes into the history as failed, and the row is what the scheduler takes up next, as a new attempt. One try
 * more than before, so that this one costs none of the retries that are left.
 */
async function mark(within: Session): Promise<void> {
  const live = await columnsOf(within, "task_instance");
  await recordAttempts(within, live);
  const byId = live.has("id");
  await within.query(
    byId
      ? `DELETE FROM public.task_reschedule WHERE ti_id IN (SELECT id FROM public.task_instance WHERE ${ended})`
      : `DELETE FROM public.task_reschedule WHERE (dag_id, task_id, run_id, map_index) IN
         (SELECT dag_id, task_id, run_id, map_index FROM public.task_instance WHERE ${ended})`,
  );
  // by its new id a message of the old attempt, which SQS may show again for hours, finds nothing to start
  await within.query(
    `UPDATE public.task_instance SET ${byId ? `id = ${newId},` : ""} state = NULL, max_tries = max_tries + 1,
        end_date = now(), duration = extract(epoch FROM now() - start_date), external_executor_id = NULL,
        queued_by_job_id = NULL, next_method = NULL, next_kwargs = NULL, updated_at = now() WHERE ${ended}`,
  );
}

async function recordAttempts(within: Session, live: ReadonlySet<string>): Promise<void> {
  const history = await columnsOf(within, "task_instance_history");
  const written: Readonly<Record<string, string>> = {
    state: "'failed'",
    end_date: "now()",
    duration: "extract(epoch FROM now() - start_date)",
  };
  const pairs = [...history]
    .filter((column) => live.has(column) && column !== "id")
    .map((column) => [pg.escapeIdentifier(column), written[column] ?? pg.escapeIdentifier(column)] as const);
  // Airflow 3: the attempt keeps the id its messages and logs know it by
  if (history.has("task_instance_id")) pairs.push(["task_instance_id", "id"]);
  await within.query(
    `INSERT INTO public.task_instance_history (${pairs.map(([column]) => column).join(", ")})
     SELECT ${pairs.map(([, value]) => value).join(", ")} FROM public.task_instance WHERE ${ended}
     ON CONFLICT DO NOTHING`,
  );
}

/** Airflow's versions differ in them; PostgreSQL knows. */
async function columnsOf(within: Session, table: string): Promise<ReadonlySet<string>> {
  const rows = await within.query<{ name: string }>(
    "SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
    [`public.${table}`],
  );
  return new Set(rows.map(({ name }) => name));
}
