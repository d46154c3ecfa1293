// A large metadata database without the days it takes to run that much: rows of finished runs by SQL, or plain weight.
import { rowsOf } from "../../tests/stories/support/metadata.ts";
import type { BenchHome } from "../bench-home.ts";

const dagId = "bench_synthetic";
const tasksOfRun = 100;

/** Adds finished runs of a hundred tasks each to a database of Airflow 2. @param count of task instances */
export async function addTaskInstances(home: BenchHome, database: string, count: number): Promise<void> {
  const run = (statement: string) => rowsOf(home.folder, database, statement);
  await run(`insert into dag (dag_id, is_paused, is_active, fileloc, max_active_tasks, has_task_concurrency_limits,
      max_consecutive_failed_dag_runs) values ('${dagId}', true, true, '/dags/${dagId}.py', 16, false, 0)`);
  await run(`insert into dag_run (dag_id, run_id, execution_date, queued_at, start_date, end_date, state, run_type,
      data_interval_start, data_interval_end, log_template_id, external_trigger, clear_number)
    select '${dagId}', 'scheduled__' || number, at, at, at, at, 'success', 'scheduled', at, at, 1, false, 0
      from generate_series(1, ${Math.ceil(count / tasksOfRun)}) as number,
        lateral (select now() - number * interval '1 min') as times (at)`);
  await run(`insert into task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, queue, try_number,
      max_tries, executor_config, priority_weight, start_date, end_date, duration, operator, hostname, unixname)
    select 'task_' || task, '${dagId}', run_id, -1, 'success', 'default_pool', 1, 'default', 1, 1, '\\x80057d942e', 1,
        start_date, start_date, 1, 'PythonOperator', 'host', 'airflow'
      from dag_run, generate_series(1, ${tasksOfRun}) as task where dag_id = '${dagId}'`);
  await run("analyze");
}

/** Adds weight to a database, in a schema that nobody reads. */
export async function addWeight(home: BenchHome, database: string, megabytes: number): Promise<void> {
  const run = (statement: string) => rowsOf(home.folder, database, statement);
  const [row] = await rowsOf<{ owner: string }>(
    ...([home.folder, database, "select tableowner as owner from pg_tables where tablename = 'dag_run'"] as const),
  );
  await run(`create schema ballast authorization "${row!.owner}"`);
  // random, so that it is stored as long as it is
  await run(`create table ballast.weight as select decode(string_agg(md5(random()::text), ''), 'hex') as value
    from generate_series(1, ${megabytes}) as number, generate_series(1, 65536) group by number`);
  await run(`alter table ballast.weight owner to "${row!.owner}"`);
  await run("checkpoint");
}

export const dropWeight = (home: BenchHome, database: string): Promise<unknown> =>
  rowsOf(home.folder, database, "drop schema ballast cascade");

/** Megabytes (10^6 bytes) of a database, sealed or not. */
export async function megabytesOf(home: BenchHome, database: string): Promise<number> {
  const statement = "select pg_database_size($1::name)::text as size";
  const [row] = await rowsOf<{ size: string }>(home.folder, "postgres", statement, [database]);
  return Number(row!.size) / 1e6;
}
