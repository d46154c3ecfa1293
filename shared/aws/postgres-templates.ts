// Template databases: migrated under a scratch name, promoted to their version's name in one transaction.
import { HangarError } from "../domain/errors.ts";
import {
  databaseFacts,
  dropOwnedDatabase,
  endConnections,
  ensureLoginRole,
  ensureOwnedDatabase,
  quoted,
  roleExists,
} from "./postgres-roles.ts";
import { inTransaction, locked, type PostgresSettings, type Session, withSession } from "./postgres-session.ts";

/** Comment of a promoted template: what is not marked is never cloned. */
const sealedMark = "hangar:sealed";
const noLimit = -1;

/** Whether a promoted template of this name is there. */
export async function isTemplate(session: Session, database: string): Promise<boolean> {
  return (await databaseFacts(session, database))?.comment === sealedMark;
}

/** Makes the empty scratch database and its login role of the same name. */
export async function ensureScratch(session: Session, scratch: string, password: string): Promise<void> {
  await locked(session, scratch, async () => {
    await ensureLoginRole(session, scratch, password, noLimit);
    await ensureOwnedDatabase(session, { database: scratch, role: scratch, template: null, connectionLimit: noLimit });
  });
}

/**
 * Promotes a scratch database. Until the one transaction at the end nothing carries the template's name; after it the
 * template is whole. Its objects belong to a role of the template's name that cannot log in and owns no database, so
 * that a clone can take them over with REASSIGN OWNED, which would take databases too.
 */
export async function promote(
  settings: PostgresSettings,
  session: Session,
  scratch: string,
  database: string,
): Promise<void> {
  await locked(session, database, async () => {
    if (await isTemplate(session, database)) return dropScratch(session, scratch);
    if (!(await databaseFacts(session, scratch))) {
      throw new HangarError(
        "DependencyUnavailable",
        `Neither the template ${database} nor its scratch database ${scratch} exists: the migration has to run again.`,
      );
    }
    await requireMigrated(settings, scratch);
    await session.query(`ALTER ROLE ${quoted(scratch)} NOLOGIN`);
    await endConnections(session, scratch);
    // left by a template somebody dropped by hand
    await session.query(`DROP ROLE IF EXISTS ${quoted(database)}`);
    await inTransaction(session, async () => {
      await session.query(`ALTER DATABASE ${quoted(scratch)} OWNER TO CURRENT_USER`);
      await session.query(`ALTER DATABASE ${quoted(scratch)} WITH ALLOW_CONNECTIONS false`);
      await session.query(`ALTER ROLE ${quoted(scratch)} RENAME TO ${quoted(database)}`);
      await session.query(`ALTER DATABASE ${quoted(scratch)} RENAME TO ${quoted(database)}`);
      await session.query(`COMMENT ON DATABASE ${quoted(database)} IS '${sealedMark}'`);
    });
  });
}

/** Ends connections, drops the scratch database and its role; gone already is fine. */
export async function dropScratch(session: Session, scratch: string): Promise<void> {
  if (await roleExists(session, scratch)) await session.query(`ALTER ROLE ${quoted(scratch)} NOLOGIN`);
  await dropOwnedDatabase(session, scratch);
  await session.query(`DROP ROLE IF EXISTS ${quoted(scratch)}`);
}

/**
 * Gives everything in a fresh clone to its own role: Airflow alters its tables at the next upgrade. Safe to repeat.
 */
export async function takeOver(
  settings: PostgresSettings,
  clone: string,
  template: string,
  role: string,
): Promise<void> {
  await withSession(settings, clone, (inside) =>
    inside.query(`REASSIGN OWNED BY ${quoted(template)} TO ${quoted(role)}`),
  );
}

async function requireMigrated(settings: PostgresSettings, scratch: string): Promise<void> {
  const migrated = await withSession(settings, scratch, async (inside) => {
    const [table] = await inside.query<{ there: boolean }>(
      "SELECT to_regclass('public.alembic_version') IS NOT NULL AS there",
    );
    if (!table?.there) return false;
    return (await inside.query("SELECT version_num FROM public.alembic_version")).length > 0;
  });
  if (migrated) return;
  throw new HangarError(
    "DependencyUnavailable",
    `The scratch database ${scratch} holds no migrated Airflow schema (no alembic_version): its migration did not finish.`,
  );
}
