// A real server of a test file's own, with Airflow's tables on it, and an administrator who is no superuser.
import pg from "pg";
import { afterAll, beforeAll, expect, vi } from "vitest";
import { postgresCopies } from "../../../shared/aws/postgres-copies.ts";
import { postgresDatabases } from "../../../shared/aws/postgres-databases.ts";
import type { MigrationFacts } from "../../../shared/ports/database-copies.ts";
import { airflowTables } from "./airflow-tables.ts";
import type { CopiesSubject, SuiteTask } from "./database-copies.suite.ts";
import { postgresServer } from "./postgres-server.ts";

type Version = keyof typeof airflowTables;

/** Started before the first test of the file that calls this, stopped after its last. */
export function airflowServer() {
  const { address, connect } = postgresServer();
  let watcher: pg.Client;

  beforeAll(async () => {
    watcher = await connect("postgres");
    await query("CREATE ROLE keeper LOGIN CREATEDB CREATEROLE PASSWORD 'keeper'");
  });

  afterAll(() => watcher?.end());

  const asKeeper = (database: string) => address(database, "keeper", "keeper");

  /** One statement or several; the server has seen it go when it returns, so that nothing of a superuser's is left to end. */
  async function query(
    sql: string,
    database = "postgres",
    user?: string,
    password?: string,
  ): Promise<Record<string, unknown>[]> {
    const client = await connect(database, user, password);
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
      const there = `SELECT FROM pg_stat_activity WHERE pid = ${(client as unknown as { processID: number }).processID}`;
      const gone = async () => expect((await watcher.query(there)).rowCount).toBe(0);
      await vi.waitFor(gone, { timeout: 5_000, interval: 10 });
    }
  }

  const literal = (value: string | number | null): string =>
    value === null ? "NULL" : pg.escapeLiteral(String(value));

  /** A task instance as Airflow's own columns hold it. */
  async function addTask(version: Version, database: string, { dagId = "etl", ...task }: SuiteTask): Promise<void> {
    const id = version === "3.3.1" ? ["id, ", "gen_random_uuid(), "] : ["", ""];
    await query(
      `INSERT INTO task_instance (${id[0]}dag_id, run_id, task_id, state, queue, try_number, max_tries, pool, pool_slots,
       start_date, hostname, external_executor_id, queued_by_job_id, queued_dttm)
     VALUES (${id[1]}${[dagId, "r", task.taskId, task.state, task.queue, task.tryNumber, task.maxTries].map(literal)},
       'default_pool', 1, now() - interval '1 minute', 'worker', 'message', 7, now())`,
      database,
    );
  }

  const subjectOf = (version: Version, connectionString: (database: string) => string): CopiesSubject => ({
    databases: postgresDatabases({ connectionString }),
    copies: postgresCopies({ connectionString }),
    fill: async (database, role, password) => void (await query(airflowTables[version], database, role, password)),
    addTask: (database, task) => addTask(version, database, task),
    tasks: async (database) =>
      (await query(
        `SELECT task_id AS "taskId", state, queue, try_number AS "tryNumber", max_tries AS "maxTries"
         FROM task_instance WHERE dag_id = 'etl' ORDER BY task_id`,
        database,
      )) as unknown as readonly SuiteTask[],
    async connect(database, role, password) {
      const client = await connect(database, role, password);
      const alive = () => client.query("SELECT 1").then(...([() => true, () => false] as const));
      return { alive, close: () => client.end().catch(() => {}) };
    },
    copyAs: async (role, password, source, copy) =>
      void (await query(
        `CREATE DATABASE ${copy} TEMPLATE ${source} STRATEGY file_copy ALLOW_CONNECTIONS false`,
        "postgres",
        role,
        password,
      )),
    async fillAs(role, password, source, target) {
      const rows = literal(JSON.stringify(await query("SELECT * FROM task_instance", source, role, password)));
      await query(
        `BEGIN; ${airflowTables[version]}; CREATE TABLE alembic_version (version_num varchar PRIMARY KEY);
         INSERT INTO task_instance SELECT * FROM json_populate_recordset(NULL::task_instance, ${rows}); COMMIT`,
        ...([target, role, password] as const),
      );
    },
    writeMigration: (copy, facts) => writeMigration(copy, facts),
    hold: async (copy, dags) => {
      const names = dags.map(literal).join();
      await query(
        `CREATE TABLE hangar.held_dag AS SELECT dag_id FROM dag WHERE dag_id IN (${names});
       ALTER TABLE hangar.held_dag OWNER TO ${copy};
       UPDATE dag SET is_paused = true WHERE dag_id IN (${names})`,
        copy,
      );
    },
    addDag: async (database, dag, paused) =>
      void (await query(`INSERT INTO dag (dag_id, is_paused) VALUES (${literal(dag)}, ${paused})`, database)),
    pausedDags: async (database) =>
      Object.fromEntries((await query("SELECT dag_id, is_paused FROM dag", database)).map((row) => Object.values(row))),
  });

  /** As `hangar-agent migrate-copy` does. */
  async function writeMigration(copy: string, facts: MigrationFacts): Promise<void> {
    const [seconds, outcome, detail] =
      facts.state === "done"
        ? [facts.seconds, "done", null]
        : [null, ...(facts.state === "failed" ? ["failed", facts.reason] : [null, null])];
    await query(
      `CREATE SCHEMA IF NOT EXISTS hangar;
     CREATE TABLE IF NOT EXISTS hangar.migration (operation_id text, began_at timestamptz NOT NULL, ended_at timestamptz,
       outcome text, detail text);
     ALTER SCHEMA hangar OWNER TO ${copy};
     ALTER TABLE hangar.migration OWNER TO ${copy};
     DELETE FROM hangar.migration;
     INSERT INTO hangar.migration VALUES ('operation', now(), now() + make_interval(secs => ${literal(seconds as null)}),
       ${literal(outcome as null)}, ${literal(detail as null)})`,
      copy,
    );
  }

  return {
    address,
    asKeeper,
    connect,
    query,
    watch: (sql: string) => watcher.query(sql),
    addTask,
    subjectOf,
    writeMigration,
  };
}
