// The pool's PostgreSQL server: templates, clones, roles. One short administrator's session per call.
import { HangarError } from "../domain/errors.ts";
import type { Databases } from "../ports/databases.ts";
import {
  administratorConnections,
  dropWithRole,
  ensureLoginRole,
  ensureOwnedDatabase,
  limitConnections,
} from "./postgres-roles.ts";
import { locked, maintenanceDatabase, type PostgresSettings, type Session, withSession } from "./postgres-session.ts";
import { dropScratch, ensureScratch, isTemplate, promote, takeOver } from "./postgres-templates.ts";

/** @param settings.connectionString an administrator: a superuser, or a role with CREATEDB and CREATEROLE */
export function postgresDatabases(settings: PostgresSettings): Databases {
  const administer = <Result>(work: (session: Session) => Promise<Result>) =>
    withSession(settings, maintenanceDatabase, work);

  return {
    hasTemplate: (database) => administer((session) => isTemplate(session, database)),
    ensureScratchTemplate: (scratch, password) => administer((session) => ensureScratch(session, scratch, password)),
    promoteTemplate: (scratch, database) => administer((session) => promote(settings, session, scratch, database)),
    dropScratchTemplate: (scratch) =>
      administer((session) => locked(session, scratch, () => dropScratch(session, scratch))),
    ensureDatabase: (spec) =>
      administer((session) =>
        locked(session, spec.database, async () => {
          const { database, role, template, connectionLimit } = spec;
          if (template !== null && !(await isTemplate(session, template))) {
            throw new HangarError(
              "DependencyUnavailable",
              `The template database ${template} does not exist: it was dropped, or is still being made.`,
            );
          }
          await ensureLoginRole(session, role, spec.password, connectionLimit);
          await ensureOwnedDatabase(session, {
            database,
            role,
            template,
            connectionLimit: connectionLimit + administratorConnections,
          });
          if (template !== null) await takeOver(settings, database, template, role);
        }),
      ),
    limitConnections: ({ database, role, connectionLimit }) =>
      administer((session) =>
        locked(session, database, () =>
          limitConnections(session, database, role, connectionLimit, administratorConnections),
        ),
      ),
    dropDatabase: (database, role) =>
      administer((session) => locked(session, database, () => dropWithRole(session, database, role))),
  };
}
