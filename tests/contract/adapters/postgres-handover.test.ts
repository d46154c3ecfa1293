// What only a real server can show of sealing, copying and handing over: rights, locks, and what else is on it.
import { beforeAll, describe, expect, test, vi } from "vitest";
import { postgresCopies } from "../../../shared/aws/postgres-copies.ts";
import { airflowServer } from "./airflow-server.ts";

const { address, addTask, asKeeper, connect, query, subjectOf, watch, writeMigration } = airflowServer();

describe("what is only on a server", () => {
  const source = { database: "hangar_live", role: "hangar_live" };
  const results = { database: "hangar_live_celery", role: "hangar_live_celery" };
  const other = { database: "hangar_other", role: "hangar_other" };
  const copy = { database: "hangar_live_g2", role: "hangar_live_g2" };
  const access = { password: "new", connectionLimit: 4 };
  const copier = "hangar_live_g2_copier";
  const { databases, copies, fill, copyAs, hold } = subjectOf("3.3.1", asKeeper);

  beforeAll(async () => {
    for (const one of [source, results, other]) {
      await databases.ensureDatabase({ ...one, password: "own", template: null, connectionLimit: 5 });
    }
    await fill(source.database, source.role, "own");
    await query("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'", source.database, source.role, "own");
    await addTask("3.3.1", source.database, { taskId: "a", state: "running", queue: "q", tryNumber: 1, maxTries: 0 });
    await copies.setLogin(source.role, false);
    await copies.retryInterrupted(source, "operation");
    await copies.seal(source);
    await copies.ensureCopier(copier, "copier");
  });

  test("a copy of a sealed database is not sealed itself: it lets everybody in unless it is made closed", async () => {
    const flags = `SELECT datallowconn, datistemplate, datacl, pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = '${copy.database}'`;
    await query(`CREATE DATABASE ${copy.database} TEMPLATE ${source.database}`, "postgres", copier, "copier");
    expect(await query(flags)).toEqual([{ datallowconn: true, datistemplate: false, datacl: null, owner: copier }]);
    await query(`DROP DATABASE ${copy.database}`, "postgres", copier, "copier");
    await copyAs(copier, "copier", source.database, copy.database);
    await expect(query("SELECT 1", copy.database)).rejects.toThrow(/not currently accepting connections/);
    expect(await copies.lookAtCopy(copy, "q")).toEqual({
      migration: { state: "untouched" },
      queued: 0,
      connections: 0,
    });
  });

  test("a copier reads no table of what it copied, cannot open the source, and takes no third connection", async () => {
    await expect(
      query(`ALTER DATABASE ${source.database} ALLOW_CONNECTIONS true`, "postgres", copier, "copier"),
    ).rejects.toThrow(/must be owner/);
    await expect(query(`DROP DATABASE ${source.database}`, "postgres", copier, "copier")).rejects.toThrow(
      /must be owner/,
    );
    await query(`ALTER DATABASE ${copy.database} ALLOW_CONNECTIONS true`, "postgres", copier, "copier");
    await expect(query("SELECT FROM task_instance", copy.database, copier, "copier")).rejects.toThrow(
      /permission denied/,
    );
    const held = await Promise.all([1, 2].map(() => connect("postgres", copier, "copier")));
    await expect(connect("postgres", copier, "copier")).rejects.toThrow(/too many connections/);
    for (const client of held) await client.end();
  });

  test("all that is in a copy becomes its new role's, Hangar's own schema too, and nothing anywhere else", async () => {
    const elsewhere = () =>
      query(
        `SELECT datname, pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname <> '${copy.database}' ORDER BY 1`,
      );
    const before = await elsewhere();
    await query(`ALTER DATABASE ${copy.database} ALLOW_CONNECTIONS false`, "postgres", copier, "copier");
    await copies.handOver(copy, source.role, access);
    const copying = await connect("postgres", copier, "copier");
    await copies.dropCopier(copier);
    await expect(copying.query("SELECT 1")).rejects.toThrow();
    expect(await elsewhere()).toEqual(before);
    const owners = await query(
      `SELECT DISTINCT pg_get_userbyid(owner) AS owner FROM (
         SELECT relowner AS owner FROM pg_class WHERE relnamespace IN ('public'::regnamespace, 'hangar'::regnamespace)
         UNION ALL SELECT proowner FROM pg_proc WHERE pronamespace = 'public'::regnamespace
         UNION ALL SELECT nspowner FROM pg_namespace WHERE nspname = 'hangar') AS everything`,
      copy.database,
    );
    expect(owners).toEqual([{ owner: copy.role }]);
    const work = `ALTER TABLE task_instance ADD COLUMN more int; DROP FUNCTION one(); CREATE TABLE hangar.migration (a int);
      DROP TABLE hangar.migration; DELETE FROM hangar.interrupted`;
    await query(work, copy.database, copy.role, access.password);
    await expect(query("SELECT 1", copy.database, other.role, "own")).rejects.toThrow(/permission denied for database/);
    const held = await Promise.all([1, 2, 3, 4].map(() => connect(copy.database, copy.role, access.password)));
    await expect(connect(copy.database, copy.role, access.password)).rejects.toThrow(/too many connections/);
    for (const client of held) await client.end();
  });

  test("a handing over that was cut off after the database and before what is in it is finished by the repeat", async () => {
    await query(`REASSIGN OWNED BY ${copy.role} TO ${source.role}`, copy.database);
    await query(
      `ALTER DATABASE ${source.database} OWNER TO keeper; ALTER DATABASE ${copy.database} OWNER TO ${copy.role}`,
    );
    await copies.handOver(copy, source.role, access);
    await query("ALTER TABLE task_instance ADD COLUMN again int", copy.database, copy.role, access.password);
  });

  test("nobody waits for a migration that holds its tables: begun, it is told at once, and otherwise soon refused", {
    timeout: 20_000,
  }, async () => {
    const migration = await connect(copy.database);
    await migration.query("BEGIN; LOCK TABLE task_instance IN ACCESS EXCLUSIVE MODE");
    await expect(copies.lookAtCopy(copy, "q")).rejects.toMatchObject({ name: "DependencyUnavailable" });
    await writeMigration(copy.database, { state: "begun" });
    expect(await copies.lookAtCopy(copy, "q")).toMatchObject({
      migration: { state: "begun" },
      queued: 0,
      connections: 1,
    });
    await migration.end();
  });

  test("callbacks that were held back are pending again", async () => {
    await query(
      `INSERT INTO callback VALUES (gen_random_uuid(), 'dag_processor', '{"a": 1}', 'pending');
       CREATE TABLE hangar.held_callback AS SELECT * FROM callback; DELETE FROM callback;
       ALTER TABLE hangar.held_callback OWNER TO ${copy.role}`,
      copy.database,
    );
    await copies.liftHold(copy);
    await copies.liftHold(copy);
    expect(await query("SELECT type, data, state FROM callback", copy.database)).toEqual([
      { type: "dag_processor", data: { a: 1 }, state: "pending" },
    ]);
    expect(await query("SELECT to_regclass('hangar.held_callback') AS held", copy.database)).toEqual([{ held: null }]);
  });

  test("a task that waits since Airflow 2 gets the newest version of its DAG, without which it would not be queued", async () => {
    const versions = ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"];
    const task = (name: string, state: string | null, version: string | null) =>
      query(
        `INSERT INTO task_instance (id, dag_id, run_id, task_id, try_number, pool, pool_slots, state, dag_version_id)
         VALUES (gen_random_uuid(), 'old', 'run', '${name}', 0, 'p', 1, ${state && `'${state}'`}, ${version && `'${version}'`})`,
        copy.database,
      );
    await query(
      `INSERT INTO dag_version VALUES ('${versions[1]}', 2, 'old'), ('${versions[0]}', 1, 'old')`,
      copy.database,
    );
    await task("deferred", "deferred", null);
    await task("fresh", null, null);
    await task("finished", "success", null);
    await task("pinned", "scheduled", versions[0]!);
    await copies.liftHold(copy);
    const told = "SELECT task_id, dag_version_id AS version FROM task_instance WHERE dag_id = 'old' ORDER BY 1";
    expect(await query(told, copy.database)).toEqual([
      { task_id: "deferred", version: versions[1] },
      { task_id: "finished", version: null },
      { task_id: "fresh", version: versions[1] },
      { task_id: "pinned", version: versions[0] },
    ]);
  });

  test("a hold that cannot be lifted whole is not lifted in part", async () => {
    await query("INSERT INTO dag VALUES ('etl', false)", copy.database);
    await hold(copy.database, ["etl"]);
    await query(
      `CREATE TABLE hangar.held_callback (unknown int); ALTER TABLE hangar.held_callback OWNER TO ${copy.role}`,
      copy.database,
    );
    await expect(copies.liftHold(copy)).rejects.toThrow(/column "unknown"/);
    expect(await query("SELECT is_paused FROM dag", copy.database)).toEqual([{ is_paused: true }]);
  });

  test("a DAG that is added to the hold while it is lifted is not left paused", async () => {
    await query("DROP TABLE hangar.held_callback; DELETE FROM hangar.held_dag", copy.database);
    const processor = await connect(copy.database, copy.role, access.password);
    await processor.query("BEGIN; INSERT INTO hangar.held_dag VALUES ('late'); INSERT INTO dag VALUES ('late', true)");
    const lifting = copies.liftHold(copy);
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = '${copy.database}' AND wait_event_type = 'Lock'`;
    const waits = async () => expect((await watch(waiting)).rowCount).toBe(1);
    await vi.waitFor(waits, { timeout: 5_000, interval: 10 });
    await processor.query("COMMIT");
    await processor.end();
    await lifting;
    expect(await query("SELECT is_paused FROM dag WHERE dag_id = 'late'", copy.database)).toEqual([
      { is_paused: false },
    ]);
  });

  test("every one of many connections is ended, and none of another database", async () => {
    const held = await Promise.all([1, 2, 3, 4].map(() => connect(copy.database, copy.role, access.password)));
    const neighbour = await connect(other.database, other.role, "own");
    await copies.endConnections(copy.database);
    for (const client of held) await expect(client.query("SELECT 1")).rejects.toThrow();
    expect((await neighbour.query("SELECT 1")).rowCount).toBe(1);
    await neighbour.end();
  });

  test("when the old database is dropped its role goes too: nothing in the copy depends on it any more", async () => {
    await databases.dropDatabase(source.database, source.role);
    expect(await query(`SELECT FROM pg_roles WHERE rolname = '${source.role}'`)).toEqual([]);
    await copies.dropCopy(copy);
    for (const one of [results, other]) await databases.dropDatabase(one.database, one.role);
    expect(await query("SELECT datname FROM pg_database WHERE datname LIKE 'hangar%'")).toEqual([]);
    expect(await query("SELECT rolname FROM pg_roles WHERE rolname LIKE 'hangar%'")).toEqual([]);
  });

  test("databases and roles that are not Hangar's are never touched", async () => {
    const foreign = { database: "postgres", role: "postgres" };
    const refused = /no name of a database or role of Hangar/;
    const asSuperuser = postgresCopies({ connectionString: (database) => address(database) });
    await expect(asSuperuser.seal(foreign)).rejects.toThrow(refused);
    await expect(asSuperuser.endConnections("postgres")).rejects.toThrow(refused);
    await expect(asSuperuser.dropCopy(foreign)).rejects.toThrow(refused);
    await expect(asSuperuser.dropCopier("keeper")).rejects.toThrow(refused);
    await expect(asSuperuser.liftHold(foreign)).rejects.toThrow(refused);
  });
});
