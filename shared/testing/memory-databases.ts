// The PostgreSQL server in memory: names, owners and marks; no SQL.
import { HangarError } from "../domain/errors.ts";
import type { Databases } from "../ports/databases.ts";

export interface MemoryDatabase {
  readonly owner: string;
  /** Who owns the tables in it; null while there are none. */
  readonly objectOwner: string | null;
  readonly sealed: boolean;
  readonly connectionLimit: number | null;
  /** The template it was cloned from. */
  readonly clonedFrom: string | null;
  /** Which database it is, whatever it is called: another of the same name is another. Set where one asks. */
  readonly identity?: symbol;
}

export interface MemoryDatabases extends Databases {
  readonly databases: Map<string, MemoryDatabase>;
  readonly roles: Map<
    string,
    { readonly login: boolean; readonly password: string; readonly connectionLimit: number | null }
  >;
  /** What the one-off task does: gives a scratch database its schema. */
  migrate(scratch: string): void;
}

/** Who owns sealed templates and sealed databases. */
export const administrator = "administrator";

/** A server without databases of Hangar. */
export function memoryDatabases(): MemoryDatabases {
  const databases: MemoryDatabases["databases"] = new Map();
  const roles: MemoryDatabases["roles"] = new Map();
  const isTemplate = (database: string) => databases.get(database)?.sealed === true;
  const missing = (message: string) => new HangarError("DependencyUnavailable", message);
  const drop = (database: string, role: string) => {
    databases.delete(database);
    roles.delete(role);
  };

  return {
    databases,
    roles,
    migrate(scratch) {
      const found = databases.get(scratch);
      if (!found) throw new Error(`There is no database ${scratch} to migrate.`);
      databases.set(scratch, { ...found, objectOwner: found.owner });
    },
    hasTemplate: async (database) => isTemplate(database),
    async ensureScratchTemplate(scratch, password) {
      roles.set(scratch, { login: true, password, connectionLimit: null });
      if (databases.has(scratch)) return;
      databases.set(scratch, {
        owner: scratch,
        objectOwner: null,
        sealed: false,
        connectionLimit: null,
        clonedFrom: null,
      });
    },
    async promoteTemplate(scratch, database) {
      if (isTemplate(database)) return drop(scratch, scratch);
      const found = databases.get(scratch);
      if (!found)
        throw missing(
          `Neither the template ${database} nor its scratch database ${scratch} exists: the migration has to run again.`,
        );
      if (found.objectOwner === null) {
        throw missing(
          `The scratch database ${scratch} holds no migrated Airflow schema (no alembic_version): its migration did not finish.`,
        );
      }
      const role = roles.get(scratch)!;
      drop(scratch, scratch);
      roles.set(database, { ...role, login: false });
      databases.set(database, { ...found, owner: administrator, objectOwner: database, sealed: true });
    },
    dropScratchTemplate: async (scratch) => drop(scratch, scratch),
    async ensureDatabase({ database, role, password, template, connectionLimit }) {
      if (template !== null && !isTemplate(template)) {
        throw missing(`The template database ${template} does not exist: it was dropped, or is still being made.`);
      }
      roles.set(role, { login: true, password, connectionLimit });
      const found = databases.get(database) ?? { clonedFrom: template, objectOwner: template === null ? null : role };
      databases.set(database, { ...found, owner: role, sealed: false, connectionLimit });
    },
    async limitConnections({ database, role, connectionLimit }) {
      const [found, login] = [databases.get(database), roles.get(role)];
      if (!found || !login) throw missing(`There is no database ${database} with a role ${role}.`);
      databases.set(database, { ...found, connectionLimit });
      roles.set(role, { ...login, connectionLimit });
    },
    dropDatabase: async (database, role) => drop(database, role),
  };
}
