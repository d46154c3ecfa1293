// The PostgreSQL adapter on a real server: the port's contract, then what only SQL can show.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresDatabases } from "../../../shared/aws/postgres-databases.ts";
import { databasesContract } from "./databases.suite.ts";
import { postgresServer } from "./postgres-server.ts";

const template = "hangar_template_9_9_9";
const { address, connect } = postgresServer();

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
  }
}

/** What `airflow db migrate` leaves, in small: a table, a sequence, a type, an index, a row of version. */
const migrate = async (scratch: string, password: string) => {
  await query(
    `CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE dag (id serial PRIMARY KEY, name text, state mood);
     CREATE INDEX dag_name ON dag (name); CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
     CREATE TABLE alembic_version (version_num text PRIMARY KEY); INSERT INTO alembic_version VALUES ('d2f4e1b3c5a7')`,
    scratch,
    scratch,
    password,
  );
};

const names = async (sql: string) => (await query(sql)).map((row) => String(row["name"]));
const one = async (sql: string) => Number((await query(sql))[0]?.["value"] ?? Number.NaN);
const subjectOf = (connectionString: (database: string) => string) => ({
  databases: postgresDatabases({ connectionString }),
  migrate,
  databaseNames: () => names("SELECT datname AS name FROM pg_database WHERE datname LIKE 'hangar%' ORDER BY 1"),
  roleNames: () => names("SELECT rolname AS name FROM pg_roles WHERE rolname LIKE 'hangar%' ORDER BY 1"),
  connectionLimit: (role: string) => one(`SELECT rolconnlimit AS value FROM pg_roles WHERE rolname = '${role}'`),
  mayConnect: (database: string, role: string, password: string) =>
    query("SELECT 1", database, role, password).then(
      () => true,
      () => false,
    ),
});

const dropTemplate = async () => {
  await query(`DROP DATABASE IF EXISTS ${template}`);
  await query(`DROP ROLE IF EXISTS ${template}`);
};

describe("as a superuser, as on one machine", () => {
  afterAll(dropTemplate);
  databasesContract(() => subjectOf((database) => address(database)));
});

// every statement that works with these rights works for a superuser too
describe("as an administrator who is no superuser, as on Aurora", () => {
  const asKeeper = (database: string) => address(database, "keeper", "keeper");
  const databases = () => postgresDatabases({ connectionString: asKeeper });

  beforeAll(async () => {
    await query("CREATE ROLE keeper LOGIN CREATEDB CREATEROLE PASSWORD 'keeper'");
  });

  databasesContract(() => subjectOf(asKeeper));

  const spec = {
    database: "hangar_e1",
    role: "hangar_e1",
    password: "with 'quotes\" and \\",
    template,
    connectionLimit: 3,
  };

  test("the template lets nobody in, and its owner role cannot log in and owns no database", async () => {
    await expect(query("SELECT 1", template)).rejects.toThrow(/not currently accepting connections/);
    await expect(query("SELECT 1", "postgres", template, "scratch password")).rejects.toThrow(
      /not permitted to log in/,
    );
    expect(
      await query(`SELECT FROM pg_database JOIN pg_roles r ON r.oid = datdba WHERE rolname = '${template}'`),
    ).toEqual([]);
  });

  test("a clone belongs to its role whole: it reads, alters and drops what the migration made", async () => {
    await databases().ensureDatabase(spec);
    const owners = `SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relnamespace = 'public'::regnamespace`;
    expect(await query(owners, spec.database)).toEqual([{ owner: spec.role }]);
    const work = `ALTER TABLE dag ADD COLUMN added int; ALTER TYPE mood ADD VALUE 'bad'; DROP FUNCTION one();
      CREATE TABLE fresh (id int); INSERT INTO dag (name) VALUES ('a'); SELECT version_num FROM alembic_version`;
    await query(work, spec.database, spec.role, spec.password);
    expect(await query("SELECT version_num FROM alembic_version", spec.database, spec.role, spec.password)).toEqual([
      { version_num: "d2f4e1b3c5a7" },
    ]);
  });

  test("making it again keeps the data, takes the new password and refuses the old one", async () => {
    await databases().ensureDatabase({ ...spec, password: "second" });
    expect(await query("SELECT name FROM dag", spec.database, spec.role, "second")).toEqual([{ name: "a" }]);
    await expect(query("SELECT 1", spec.database, spec.role, spec.password)).rejects.toThrow(
      /password authentication failed/,
    );
  });

  test("no other environment's role gets into it, and the maintenance database shows no password", async () => {
    const other = { ...spec, database: "hangar_e2", role: "hangar_e2", template: null, password: "other" };
    await databases().ensureDatabase(other);
    await expect(query("SELECT 1", spec.database, other.role, "other")).rejects.toThrow(
      /permission denied for database/,
    );
    const [stored] = await query(`SELECT rolpassword FROM pg_authid WHERE rolname = '${other.role}'`);
    expect(stored!["rolpassword"]).toMatch(/^SCRAM-SHA-256\$4096:/);
    await databases().dropDatabase(other.database, other.role);
  });

  test("a role gets no more connections than its limit", async () => {
    const held = await Promise.all([1, 2, 3].map(() => connect(spec.database, spec.role, "second")));
    await expect(connect(spec.database, spec.role, "second")).rejects.toThrow(/too many connections/);
    for (const client of held) await client.end();
  });

  test("a limit that is raised lets more in at once; one that is lowered ends nobody's connection", async () => {
    const { database, role } = spec;
    await databases().limitConnections({ database, role, connectionLimit: 8 });
    const held = await Promise.all(Array.from({ length: 8 }, () => connect(database, role, "second")));
    await databases().limitConnections({ database, role, connectionLimit: 2 });
    for (const client of held) expect((await client.query("SELECT 1")).rowCount).toBe(1);
    await expect(connect(database, role, "second")).rejects.toThrow(/too many connections/);
    for (const client of held) await client.end();
    await databases().limitConnections({ database, role, connectionLimit: spec.connectionLimit });
  });

  test("a clone cut off after CREATE DATABASE is put right by the repeat", async () => {
    const half = { ...spec, database: "hangar_e3", role: "hangar_e3" };
    await query(`CREATE DATABASE ${half.database} TEMPLATE ${template} ALLOW_CONNECTIONS false OWNER keeper`);
    await databases().ensureDatabase(half);
    await query("ALTER TABLE dag ADD COLUMN more int", half.database, half.role, half.password);
    await databases().dropDatabase(half.database, half.role);
  });

  test("clones of one template at the same time all succeed", async () => {
    const specs = [4, 5, 6].map((number) => ({ ...spec, database: `hangar_e${number}`, role: `hangar_e${number}` }));
    await Promise.all(specs.map((one) => databases().ensureDatabase(one)));
    for (const one of specs) await query("ALTER TABLE dag ADD COLUMN own int", one.database, one.role, one.password);
    await Promise.all(specs.map((one) => databases().dropDatabase(one.database, one.role)));
  });

  test("two promotions at the same time leave one template and no scratch", async () => {
    const scratches = [1, 2].map((number) => `hangar_template_7_7_7_e${number}`);
    for (const scratch of scratches) {
      await databases().ensureScratchTemplate(scratch, "password");
      await migrate(scratch, "password");
    }
    await Promise.all(scratches.map((scratch) => databases().promoteTemplate(scratch, "hangar_template_7_7_7")));
    const left = await names("SELECT datname AS name FROM pg_database WHERE datname LIKE 'hangar_template_7%'");
    expect(left).toEqual(["hangar_template_7_7_7"]);
    await query("DROP DATABASE hangar_template_7_7_7");
    await query("DROP ROLE hangar_template_7_7_7");
  });

  test("a scratch database somebody is still connected to is promoted, and the connection ended", async () => {
    const scratch = "hangar_template_6_6_6_e1";
    await databases().ensureScratchTemplate(scratch, "password");
    await migrate(scratch, "password");
    const zombie = await connect(scratch, scratch, "password");
    await databases().promoteTemplate(scratch, "hangar_template_6_6_6");
    await expect(zombie.query("SELECT 1")).rejects.toThrow();
    await query("DROP DATABASE hangar_template_6_6_6");
    await query("DROP ROLE hangar_template_6_6_6");
  });

  test("a database in use is dropped with its connections", async () => {
    const worker = await connect(spec.database, spec.role, "second");
    await databases().dropDatabase(spec.database, spec.role);
    await expect(worker.query("SELECT 1")).rejects.toThrow();
    expect(await names("SELECT datname AS name FROM pg_database WHERE datname LIKE 'hangar_e%'")).toEqual([]);
  });
});

test("a lock another hand holds ends with the budget, as a dependency that is not available", async () => {
  const holder = await connect("postgres");
  await holder.query("SELECT pg_advisory_lock(hashtextextended('hangar:hangar_e9', 0))");
  const hurried = postgresDatabases({ connectionString: (database) => address(database), budgetMilliseconds: 200 });
  await expect(hurried.dropDatabase("hangar_e9", "hangar_e9")).rejects.toMatchObject({ name: "DependencyUnavailable" });
  await holder.end();
});

test("a server that is not there is a dependency that is not available, and the message holds no password", async () => {
  const nowhere = postgresDatabases({ connectionString: () => "postgresql://postgres:topsecret@127.0.0.1:1/postgres" });
  const error: Error = await nowhere.hasTemplate("hangar_x").then(
    () => expect.unreachable(),
    (reason) => reason,
  );
  expect(error.name).toBe("DependencyUnavailable");
  expect(`${error.message} ${(error as { detail?: string }).detail}`).not.toContain("topsecret");
});

test("databases and roles that are not Hangar's are never touched", async () => {
  const databases = postgresDatabases({ connectionString: (database) => address(database) });
  await expect(databases.dropDatabase("postgres", "postgres")).rejects.toThrow(
    /no name of a database or role of Hangar/,
  );
  await expect(databases.dropScratchTemplate('x"; DROP DATABASE postgres; --')).rejects.toThrow(
    /no name of a database/,
  );
});
