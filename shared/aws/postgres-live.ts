// How large a database is and what is at work in it, by Airflow's own tables of 2.10 and later. Reads only, and gives up soon.
import { type LiveWork, mostNamed, type RunningTask } from "../domain/upgrade-forecast.ts";
import type { LiveDatabase } from "../ports/live-database.ts";
import { databaseFacts, quoted } from "./postgres-roles.ts";
import { maintenanceDatabase, type PostgresSettings, type Session, withSession } from "./postgres-session.ts";

/** Somebody waits for the answer of an API call, which may last 29 seconds. */
const budgetMilliseconds = 10_000;
/** Everything is found by an index, or in a small table: what takes longer waits for somebody. */
const patienceMilliseconds = 3_000;
/** PostgreSQL's codes of a statement that took too long, and of a lock that was not given. */
const outOfTime = ["57014", "55P03"];

/** @param settings.connectionString an administrator: a superuser, or one who may read sizes and is a member of the roles */
export function postgresLive(settings: PostgresSettings): LiveDatabase {
  const bounded = { budgetMilliseconds, ...settings };
  return {
    look: (database) =>
      withSession(bounded, maintenanceDatabase, async (session) => {
        const facts = await databaseFacts(session, database);
        if (!facts) return null;
        const [row] = await session.query<{ bytes: string }>("SELECT pg_database_size($1::name) AS bytes", [database]);
        const bytes = Number(row?.bytes ?? 0);
        if (!facts.allowsConnections) return { bytes, work: null };
        quoted(database); // nothing but a database of Hangar is entered
        return { bytes, work: await withSession(bounded, database, lookAtWork) };
      }),
  };
}

/** @returns null: it takes too long */
async function lookAtWork(within: Session): Promise<LiveWork | null> {
  await within.query(`SET statement_timeout = ${patienceMilliseconds}`);
  await within.query(`SET lock_timeout = ${patienceMilliseconds}`);
  try {
    return {
      ...(await running(within)),
      deferred: await count(within, "task_instance WHERE state = 'deferred' AND dag_id <> '_hangar_canary'"),
      callbacks: await pendingCallbacks(within),
    };
  } catch (error) {
    if (error instanceof Error && "code" in error && outOfTime.includes(String(error.code))) return null;
    throw error;
  }
}

async function running(within: Session): Promise<Pick<LiveWork, "running" | "longest">> {
  const rows = await within.query<RunningTask & { all: number }>(
    `SELECT count(*) OVER ()::int AS all, dag_id AS "dagId", run_id AS "runId", task_id AS "taskId", map_index AS "mapIndex",
            extract(epoch FROM now() - start_date)::float8 AS seconds
       FROM public.task_instance WHERE state IN ('running', 'restarting') AND dag_id <> '_hangar_canary'
      ORDER BY start_date NULLS LAST, dag_id, run_id, task_id, map_index LIMIT ${mostNamed}`,
  );
  const longest = rows.map(({ all: _, ...task }) => ({
    ...task,
    seconds: task.seconds === null ? null : Math.max(0, Math.round(task.seconds)),
  }));
  return { running: rows[0]?.all ?? 0, longest };
}

/** As the migration counts them (dataplane: copy_hold.py): since Airflow 3.2 callbacks of several kinds are in one table. */
async function pendingCallbacks(within: Session): Promise<number> {
  const [row] = await within.query<{ restructured: boolean }>(
    "SELECT to_regclass('public.callback') IS NOT NULL AS restructured",
  );
  return count(within, row?.restructured ? "callback WHERE type = 'dag_processor'" : "callback_request");
}

async function count(within: Session, what: string): Promise<number> {
  const [row] = await within.query<{ found: number }>(`SELECT count(*)::int AS found FROM public.${what}`);
  return row?.found ?? 0;
}
