// Databases and login roles on the pool's server: the few statements that everything else is made of.
import pg from "pg";
import { scramVerifier } from "./scram-verifier.ts";
import type { Session } from "./postgres-session.ts";

/** As an SQL identifier. Names of Hangar only: nothing else on the server is ever touched. */
export function quoted(name: string): string {
  if (!/^hangar_[a-z0-9_]{1,56}$/.test(name)) throw new Error(`${name} is no name of a database or role of Hangar.`);
  return pg.escapeIdentifier(name);
}

/** Places of a database beyond its role's own limit, so that an administrator who is no superuser still gets in. */
export const administratorConnections = 3;

export interface DatabaseFacts {
  readonly owner: string;
  readonly allowsConnections: boolean;
  /** Whoever may create databases may copy it, and it cannot be dropped while it is one. */
  readonly isTemplate: boolean;
  readonly comment: string | null;
}

/** What the catalogue says of a database, or undefined when there is none. */
export async function databaseFacts(session: Session, database: string): Promise<DatabaseFacts | undefined> {
  const [row] = await session.query<{
    owner: string;
    allows: boolean;
    template: boolean;
    comment: string | null;
  }>(
    `SELECT pg_get_userbyid(datdba) AS owner, datallowconn AS allows, datistemplate AS template,
            shobj_description(oid, 'pg_database') AS comment
       FROM pg_database WHERE datname = $1`,
    [database],
  );
  return row && { owner: row.owner, allowsConnections: row.allows, isTemplate: row.template, comment: row.comment };
}

/** Whether a role of this name exists. */
export async function roleExists(session: Session, role: string): Promise<boolean> {
  return (await session.query("SELECT FROM pg_roles WHERE rolname = $1", [role])).length > 0;
}

/**
 * Makes a login role, or gives the one that is there this password and limit.
 * @param connectionLimit -1 for none
 * @param rights whether it may create databases
 */
export async function ensureLoginRole(
  session: Session,
  role: string,
  password: string,
  connectionLimit: number,
  rights: "CREATEDB" | "NOCREATEDB" = "NOCREATEDB",
): Promise<void> {
  const verb = (await roleExists(session, role)) ? "ALTER" : "CREATE";
  const verifier = pg.escapeLiteral(await scramVerifier(password));
  await session.query(
    `${verb} ROLE ${quoted(role)} LOGIN ${rights} NOCREATEROLE CONNECTION LIMIT ${count(connectionLimit)} PASSWORD ${verifier}`,
  );
  await joinRole(session, role);
}

/** An administrator who is no superuser (Aurora) may hand a database only to a role it is a member of. */
export async function joinRole(session: Session, role: string): Promise<void> {
  await session.query(`GRANT ${quoted(role)} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE`);
}

/**
 * Makes a database that nobody but its owner can connect to, from its first moment on, or puts the one that is there right.
 * @param template database to clone, or null for an empty one
 */
export async function ensureOwnedDatabase(
  session: Session,
  spec: {
    readonly database: string;
    readonly role: string;
    readonly template: string | null;
    readonly connectionLimit: number;
  },
): Promise<void> {
  const database = quoted(spec.database);
  const owner = quoted(spec.role);
  if (!(await databaseFacts(session, spec.database))) {
    // template0: nothing local in it, and nobody is ever connected to it
    const source = spec.template === null ? "template0" : quoted(spec.template);
    await session.query(`CREATE DATABASE ${database} WITH TEMPLATE ${source} OWNER ${owner} ALLOW_CONNECTIONS false`);
  }
  await session.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
  await session.query(`ALTER DATABASE ${database} OWNER TO ${owner}`);
  await session.query(
    `ALTER DATABASE ${database} WITH ALLOW_CONNECTIONS true CONNECTION LIMIT ${count(spec.connectionLimit)}`,
  );
}

/**
 * Changes the limits of a role and its database. Both, because either alone keeps connections out.
 * @param beyond places of the database beyond the role's own, for an administrator
 */
export async function limitConnections(
  session: Session,
  database: string,
  role: string,
  limit: number,
  beyond: number,
): Promise<void> {
  await session.query(`ALTER ROLE ${quoted(role)} CONNECTION LIMIT ${count(limit)}`);
  await session.query(`ALTER DATABASE ${quoted(database)} CONNECTION LIMIT ${count(limit + beyond)}`);
}

/** Ends every connection to a database, and drops it, sealed or not; none is fine. */
export async function dropOwnedDatabase(session: Session, database: string): Promise<void> {
  const facts = await databaseFacts(session, database);
  if (facts?.isTemplate) await session.query(`ALTER DATABASE ${quoted(database)} WITH IS_TEMPLATE false`);
  await session.query(`DROP DATABASE IF EXISTS ${quoted(database)} WITH (FORCE)`);
}

/** Closes the role's door, drops the database and then the role; gone already is fine. */
export async function dropWithRole(session: Session, database: string, role: string): Promise<void> {
  if (await roleExists(session, role)) await session.query(`ALTER ROLE ${quoted(role)} NOLOGIN`);
  await dropOwnedDatabase(session, database);
  await session.query(`DROP ROLE IF EXISTS ${quoted(role)}`);
}

/**
 * Everybody with a login. Autovacuum has none: it leaves by itself, and not every administrator may end it. (What kind of
 * backend it is, `backend_type`, an administrator who is no superuser does not see of every role.)
 */
const clientsOf = "FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid() AND usesysid IS NOT NULL";

/** How many clients are connected to a database, those that were told to leave too; never the one who asks. */
export async function connectionCount(session: Session, database: string): Promise<number> {
  const [row] = await session.query<{ clients: number }>(`SELECT count(*)::int AS clients ${clientsOf}`, [database]);
  return row!.clients;
}

/**
 * Ends every connection to a database. New ones may follow: close the role's door first. All are told at once, and the
 * first few waited for, 5 s each at most.
 */
export async function endConnections(session: Session, database: string): Promise<void> {
  await session.query(`SELECT pg_terminate_backend(pid) ${clientsOf}`, [database]);
  await session.query(`SELECT pg_terminate_backend(pid, 5000) FROM (SELECT pid ${clientsOf} LIMIT 4) AS left_over`, [
    database,
  ]);
}

function count(limit: number): number {
  if (!Number.isInteger(limit) || limit < -1) throw new Error(`${limit} is no connection limit.`);
  return limit;
}
