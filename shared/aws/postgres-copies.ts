// What an upgrade does on the pool's PostgreSQL server: seals the live database, lets it be copied, gives the copy to another
// generation. What it changes inside of a database: postgres-interrupted.ts, postgres-copy-contents.ts.
import { HangarError } from "../domain/errors.ts";
import type { CopyFacts, DatabaseCopies, OwnedDatabase, SourceFacts } from "../ports/database-copies.ts";
import { settleClone } from "./postgres-clones.ts";
import { liftHold, lookInside, requeueTasks } from "./postgres-copy-contents.ts";
import { countBegunSince } from "./postgres-begun-since.ts";
import { countRunning, listInterrupted, retryInterrupted } from "./postgres-interrupted.ts";
import { dropReader, ensureReader, isWhole } from "./postgres-readers.ts";
import {
  administratorConnections,
  connectionCount,
  databaseFacts,
  dropWithRole,
  endConnections,
  ensureLoginRole,
  ensureOwnedDatabase,
  joinRole,
  quoted,
  roleExists,
} from "./postgres-roles.ts";
import {
  inTransaction,
  locked,
  maintenanceDatabase,
  type PostgresSettings,
  type Session,
  withSession,
} from "./postgres-session.ts";

/** One session does the copying, another may be left of a task that was killed. */
const copierConnections = 2;

/** @param settings.connectionString an administrator: a superuser, or a role with CREATEDB and CREATEROLE */
export function postgresCopies(settings: PostgresSettings): DatabaseCopies {
  const administer = <Result>(work: (session: Session) => Promise<Result>) =>
    withSession(settings, maintenanceDatabase, work);
  const inside = async <Result>(database: string, work: (session: Session) => Promise<Result>) => {
    // nothing but a database of Hangar is entered
    quoted(database);
    return withSession(settings, database, work);
  };
  const lockedOn = (database: string, work: (session: Session) => Promise<void>) =>
    administer((session) => locked(session, database, () => work(session)));

  return {
    lookAtSource: (source) =>
      administer(async (session) => {
        const outside = await lookAtSource(session, source);
        if (outside === null || outside.sealed) return outside;
        return inside(source.database, async (within) => ({
          ...outside,
          running: await countRunning(within),
          connections: await connectionCount(within, source.database),
        }));
      }),
    lookAtCopy: (copy, queue) =>
      administer(async (session): Promise<CopyFacts | null> => {
        const facts = await databaseFacts(session, copy.database);
        if (!facts) return null;
        if (facts.allowsConnections) return inside(copy.database, (within) => lookInside(within, copy.database, queue));
        // nobody has come in since it was made, so it is as its source was
        const connections = await connectionCount(session, copy.database);
        return { migration: { state: "untouched" }, queued: 0, connections };
      }),
    countBegunSince: (database, since) =>
      administer(async (session) => {
        if (!(await databaseFacts(session, database))?.allowsConnections) return null;
        return inside(database, (within) => countBegunSince(within, since));
      }),
    setLogin: (role, allowed) =>
      administer(async (session) => {
        await session.query(`ALTER ROLE ${quoted(role)} ${allowed ? "LOGIN" : "NOLOGIN"}`);
      }),
    endConnections: (database) =>
      administer(async (session) => {
        quoted(database);
        await endConnections(session, database);
      }),
    retryInterrupted: (source, operationId) =>
      inside(source.database, (within) => retryInterrupted(within, source.role, operationId)),
    listInterrupted: (source, operationId) =>
      inside(source.database, (within) => listInterrupted(within, source.role, operationId)),
    seal: (source) =>
      lockedOn(source.database, async (session) => {
        if ((await databaseFacts(session, source.database))?.allowsConnections) {
          await inside(source.database, forgetMigration);
        }
        await seal(session, source);
      }),
    unseal: (source) => lockedOn(source.database, (session) => unseal(session, source)),
    // It may copy every sealed database on the server, not only the one it is made for: narrower, it would have to own the
    // source, and an owner could open or drop it. It reads nothing either way, because owning a database gives no right to
    // the tables in it, and it lives only as long as one copying by a task that runs nobody's code.
    ensureCopier: (role, password) =>
      lockedOn(role, (session) => ensureLoginRole(session, role, password, copierConnections, "CREATEDB")),
    dropCopier: (role) => lockedOn(role, (session) => dropCopier(session, role)),
    ensureReader: (role, password, source, target) =>
      lockedOn(target, (session) => ensureReader(session, { role, password, source, target })),
    dropReader: (role, source) => lockedOn(role, (session) => dropReader(session, role, source)),
    lookAtTarget: (target) =>
      administer(async (session) => {
        const facts = await databaseFacts(session, target);
        if (!facts) return null;
        const sealed = !facts.allowsConnections && facts.isTemplate;
        const [row] = await session.query<{ size: string }>("SELECT pg_database_size($1::name) AS size", [target]);
        // closed and no template: its making was cut off
        const whole = sealed || (facts.allowsConnections && (await inside(target, isWhole)));
        return { whole, sealed, size: Number(row?.size) };
      }),
    handOver: (copy, from, access) =>
      lockedOn(copy.database, async (session) => {
        await requireHandable(session, copy.database, from);
        await ensureLoginRole(session, copy.role, access.password, access.connectionLimit);
        const connectionLimit = access.connectionLimit + administratorConnections;
        await ensureOwnedDatabase(session, { ...copy, template: null, connectionLimit });
        await inside(copy.database, (within) =>
          within.query(`REASSIGN OWNED BY ${quoted(from)} TO ${quoted(copy.role)}`),
        );
      }),
    requeueTasks: (copy, queue) => inside(copy.database, (within) => requeueTasks(within, queue)),
    settleClone: ({ database, role }, paused) => inside(database, (within) => settleClone(within, role, paused)),
    liftHold: ({ database }) => inside(database, liftHold),
    dropCopy: (copy) => lockedOn(copy.database, (session) => dropWithRole(session, copy.database, copy.role)),
  };
}

/** What is seen from outside; connections are those of everybody. */
async function lookAtSource(session: Session, { database, role }: OwnedDatabase): Promise<SourceFacts | null> {
  const facts = await databaseFacts(session, database);
  if (!facts) return null;
  const [row] = await session.query<{ open: boolean | null; size: string }>(
    "SELECT (SELECT rolcanlogin FROM pg_roles WHERE rolname = $2) AS open, pg_database_size($1::name) AS size",
    [database, role],
  );
  return {
    open: row?.open === true,
    sealed: !facts.allowsConnections,
    connections: await connectionCount(session, database),
    running: 0,
    size: Number(row?.size),
  };
}

/**
 * One transaction, so that it is never the administrator's and open, nor sealed and its role's: REASSIGN OWNED in the copy
 * takes every database of the old role along, wherever it is.
 */
async function seal(session: Session, { database }: OwnedDatabase): Promise<void> {
  await inTransaction(session, async () => {
    await session.query(`ALTER DATABASE ${quoted(database)} OWNER TO CURRENT_USER`);
    await session.query(`ALTER DATABASE ${quoted(database)} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true`);
  });
}

async function unseal(session: Session, { database, role }: OwnedDatabase): Promise<void> {
  await joinRole(session, role);
  await inTransaction(session, async () => {
    await session.query(`ALTER DATABASE ${quoted(database)} OWNER TO ${quoted(role)}`);
    await session.query(`ALTER DATABASE ${quoted(database)} WITH ALLOW_CONNECTIONS true IS_TEMPLATE false`);
  });
}

/** A source may itself have been a copy once: its own migration's record would be read as that of the copy to come. */
async function forgetMigration(within: Session): Promise<void> {
  await within.query("DROP TABLE IF EXISTS hangar.migration");
}

/**
 * Without its role its statement has ended, so that no copy comes late. What it has copied, and was not handed over,
 * becomes the administrator's, who can hand it over or drop it.
 */
async function dropCopier(session: Session, role: string): Promise<void> {
  if (!(await roleExists(session, role))) return;
  await session.query(`ALTER ROLE ${quoted(role)} NOLOGIN`);
  await session.query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = $1", [role]);
  const left = await session.query("SELECT FROM pg_stat_activity WHERE usename = $1", [role]);
  if (left.length > 0) {
    const message = `The copying by ${role} was told to end and still does. Try again in a moment.`;
    throw new HangarError("DependencyUnavailable", message);
  }
  await session.query(`REASSIGN OWNED BY ${quoted(role)} TO CURRENT_USER`);
  await session.query(`DROP ROLE ${quoted(role)}`);
}

async function requireHandable(session: Session, copy: string, from: string): Promise<void> {
  const unfit = (message: string) => new HangarError("DependencyUnavailable", message);
  const facts = await databaseFacts(session, copy);
  if (!facts) throw unfit(`There is no database ${copy} to hand over: the copying did not finish, or it was dropped.`);
  if (facts.isTemplate) throw unfit(`The database ${copy} is sealed: it is a snapshot, and handed over to nobody.`);
  const [own] = await session.query<{ datname: string }>(
    "SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = $1 AND datname <> $2 LIMIT 1",
    [from, copy],
  );
  if (!own) return;
  throw unfit(`${from} owns the database ${own.datname}, which would be handed over with the copy: seal it first.`);
}
