// What started in an environment's database after a moment, in Airflow's own tables of 2.10 and later.
import type { BegunSince } from "../domain/plan-restore.ts";
import type { Session } from "./postgres-session.ts";

/** Neither column has an index: of a database that is too large to be read through, nothing is said. */
const patienceMilliseconds = 5_000;
/** PostgreSQL's code of a statement that took too long. */
const cancelled = "57014";

/** @param since milliseconds since the epoch @returns null: it takes too long */
export async function countBegunSince(within: Session, since: number): Promise<BegunSince | null> {
  await within.query(`SET statement_timeout = ${patienceMilliseconds}`);
  try {
    return { runs: await count("dag_run"), taskInstances: await count("task_instance") };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === cancelled) return null;
    throw error;
  }

  async function count(table: string): Promise<number> {
    const [row] = await within.query<{ begun: number }>(
      `SELECT count(*)::int AS begun FROM public.${table}
        WHERE start_date > to_timestamp($1::float8 / 1000) AND dag_id <> '_hangar_canary'`,
      [since],
    );
    return row!.begun;
  }
}
