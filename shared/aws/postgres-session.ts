// One administrator's connection to PostgreSQL, bounded: a lock that is never given and a statement that never ends both
// end with the session's time.
import pg from "pg";
import { HangarError } from "../domain/errors.ts";

export interface PostgresSettings {
  /**
   * Connection string of the pool's administrator for one database. Asked for at each connection, so that a rotated
   * password is found.
   */
  readonly connectionString: (database: string) => string | Promise<string>;
  /** How long one call of the port may take, in milliseconds. Default 50 seconds: a step may last a minute. */
  readonly budgetMilliseconds?: number;
}

/** Runs SQL one statement at a time; identifiers and literals are quoted by the caller. */
export interface Session {
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    sql: string,
    values?: readonly unknown[],
  ): Promise<readonly Row[]>;
}

/** Advisory locks are per database: every session that locks works here. */
export const maintenanceDatabase = "postgres";

/** Seen in pg_stat_activity. */
const applicationName = "hangar-control";
const connectTimeoutMilliseconds = 10_000;
const defaultBudgetMilliseconds = 50_000;

/**
 * Opens a connection, does the work and closes it, whatever happens.
 * @throws DependencyUnavailable when the server cannot be reached or the time is over; a PostgreSQL error otherwise
 */
export async function withSession<Result>(
  settings: PostgresSettings,
  database: string,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const budget = settings.budgetMilliseconds ?? defaultBudgetMilliseconds;
  const client = new pg.Client({
    connectionString: await settings.connectionString(database),
    application_name: applicationName,
    connectionTimeoutMillis: Math.min(budget, connectTimeoutMilliseconds),
    statement_timeout: budget,
    lock_timeout: budget,
  });
  // a server that dies between two statements; the next statement says so
  client.on("error", () => {});
  try {
    await client.connect();
    return await work({ query: async (sql, values) => (await client.query(sql, values && [...values])).rows });
  } catch (error) {
    throw isUnavailable(error) ? unavailable(error as Error) : error;
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Holds one lock per name while the work is done: ladders of different environments may reach for one template. The
 * lock goes with the connection, so a kill leaves none behind. All sessions that lock must be on one database.
 */
export async function locked<Result>(session: Session, name: string, work: () => Promise<Result>): Promise<Result> {
  await session.query("SELECT pg_advisory_lock(hashtextextended($1, 0))", [`hangar:${name}`]);
  try {
    return await work();
  } finally {
    await session.query("SELECT pg_advisory_unlock(hashtextextended($1, 0))", [`hangar:${name}`]).catch(() => {});
  }
}

/** Does the work in one transaction: all of it is there afterwards, or nothing. */
export async function inTransaction<Result>(session: Session, work: () => Promise<Result>): Promise<Result> {
  await session.query("BEGIN");
  try {
    const result = await work();
    await session.query("COMMIT");
    return result;
  } catch (error) {
    await session.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/** query_canceled, lock_not_available, deadlock_detected, the 57P and 08 classes, and what the socket says. */
function isUnavailable(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === "string")
    return /^(57014|55P03|40P01|57P|08|53300|ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EHOSTUNREACH)/.test(code);
  return error instanceof Error && /connection terminated|timeout expired|not queryable/i.test(error.message);
}

const unavailable = (cause: Error): HangarError =>
  new HangarError(
    "DependencyUnavailable",
    "The database server cannot be reached or is too busy. Try again; if it persists, look at the server's log.",
    {
      cause,
      detail: cause.message,
    },
  );
