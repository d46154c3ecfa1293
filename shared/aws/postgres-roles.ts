// Databases and login roles on the pool's server: the few statements that everything else is made of.
import pg from "pg";
import { scramVerifier } from "./scram-verifier.ts";
import type { Session } from "./postgres-session.ts";

/** As an SQL identifier. Names of Hangar only: nothing else on the server is ever touched. */
export function quoted(name: string): string {
  if (!/^hangar_[a-z0-9_]{1,56}$/.test(name)) throw new Error(`${name} is no name of a database or role of Hangar.`);
  return pg.escapeIdentifier(name);
}

export interface DatabaseFacts {
  readonly owner: string;
  readonly allowsConnections: boolean;
  readonly comment: string | null;
}

/** What the catalogue says of a database, or undefined when there is none. */
export async function databaseFacts(session: Session, database: string): Promise<DatabaseFacts | undefined> {
  const [row] = await session.query<{ owner: string; allows: boolean; comment: string | null }>(
    `SELECT pg_get_userbyid(datdba) AS owner, datallowconn AS allows, shobj_description(oid, 'pg_database') AS comment
       FROM pg_database WHERE datname = $1`,
    [database],
  );
  return row && { owner: row.owner, allowsConnections: row.allows, comment: row.comment };
}

/** Whether a role of this name exists. */
export async function roleExists(session: Session, role: string): Promise<boolean> {
  return (await session.query("SELECT FROM pg_roles WHERE rolname = $1", [role])).length > 0;
}

/**
 * Makes a login role, or gives the one that is there this password and limit.
 * @param connectionLimit -1 for none
 */
export async function ensureLoginRole(
  session: Session,
  role: string,
  password: string,
  connectionLimit: number,
): Promise<void> {
  const verb = (await roleExists(session, role)) ? "ALTER" : "CREATE";
  const verifier = pg.escapeLiteral(await scramVerifier(password));
  await session.query(
    `${verb} ROLE ${quoted(role)} LOGIN NOCREATEDB NOCREATEROLE CONNECTION LIMIT ${count(connectionLimit)} PASSWORD ${verifier}`,
  );
  // an administrator who is no superuser (Aurora) may hand a database only to a role it is a member of
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

/** Ends every connection to a database, and drops it; none is fine. */
export async function dropOwnedDatabase(session: Session, database: string): Promise<void> {
  await session.query(`DROP DATABASE IF EXISTS ${quoted(database)} WITH (FORCE)`);
}

/** Ends every connection to a database. New ones may follow: close the role's door first. */
export async function endConnections(session: Session, database: string): Promise<void> {
  await session.query(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
    [database],
  );
}

function count(limit: number): number {
  if (!Number.isInteger(limit) || limit < -1) throw new Error(`${limit} is no connection limit.`);
  return limit;
}
