// The role that copies a database in use: it reads one, owns another that is empty, and lives as long as one copying.
import { HangarError } from "../domain/errors.ts";
import { databaseFacts, ensureLoginRole, ensureOwnedDatabase, quoted, roleExists } from "./postgres-roles.ts";
import type { Session } from "./postgres-session.ts";

/** A reader and a writer; another two may be left of a task that was killed. */
const readerConnections = 4;

/** PostgreSQL: insufficient_privilege. */
const mayNot = "42501";

interface Reader {
  readonly role: string;
  readonly password: string;
  readonly source: string;
  readonly target: string;
}

/** Makes the role, its rights and the empty database; one that is there and is another's already is left alone. */
export async function ensureReader(session: Session, { role, password, source, target }: Reader): Promise<void> {
  const made = await databaseFacts(session, target);
  if (made && made.owner !== role) return;
  const from = await databaseFacts(session, source);
  const unfit = (why: string) => new HangarError("DependencyUnavailable", `${source} cannot be copied: ${why}.`);
  if (!from) throw unfit("there is no such database");
  // it belongs to the administrator then, whose rights no reader is to have
  if (!from.allowsConnections) throw unfit("it is sealed, and nobody can connect to it");
  await ensureLoginRole(session, role, password, readerConnections);
  await session.query(`GRANT CONNECT ON DATABASE ${quoted(source)} TO ${quoted(role)}`);
  await mayReadAll(session, role, from.owner);
  await ensureOwnedDatabase(session, {
    ...{ database: target, role, template: null },
    connectionLimit: readerConnections * 2,
  });
}

/**
 * Of all databases it can connect to its source alone has anything to read: on each of Hangar's nobody but its owner and who
 * was let in may connect. Where the administrator has no right to give the server's own role for reading away, the reader
 * becomes a member of the owner: it may more than it needs then, in a task that runs nobody's code and reads within a read-only
 * transaction.
 */
async function mayReadAll(session: Session, role: string, owner: string): Promise<void> {
  try {
    await session.query(`GRANT pg_read_all_data TO ${quoted(role)}`);
  } catch (error) {
    if ((error as { code?: unknown }).code !== mayNot) throw error;
    await session.query(`GRANT ${quoted(owner)} TO ${quoted(role)} WITH INHERIT TRUE, SET FALSE`);
  }
}

/** @throws a PostgreSQL error while the role owns anything */
export async function dropReader(session: Session, role: string, source: string): Promise<void> {
  if (!(await roleExists(session, role))) return;
  await session.query(`ALTER ROLE ${quoted(role)} NOLOGIN`);
  await session.query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = $1", [role]);
  if (await databaseFacts(session, source)) {
    await session.query(`REVOKE CONNECT ON DATABASE ${quoted(source)} FROM ${quoted(role)}`);
  }
  await session.query(`DROP ROLE ${quoted(role)}`);
}

/** Whether Airflow's schema is in the database of this session. */
export async function isWhole(within: Session): Promise<boolean> {
  const [row] = await within.query<{ whole: boolean }>(
    "SELECT to_regclass('public.alembic_version') IS NOT NULL AS whole",
  );
  return row!.whole;
}
