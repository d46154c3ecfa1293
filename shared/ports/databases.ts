// The pool's PostgreSQL server: template databases, clones, roles (design, section 5, "Database").

/**
 * A template is made under a scratch name of one operation and promoted to its version's name when it is whole: a
 * killed migration leaves a scratch database nobody clones, and two first creates at once cannot disturb each other.
 */
export interface Databases {
  /** Whether the version's template is there: whole, sealed, ready to be cloned. */
  hasTemplate(database: string): Promise<boolean>;
  /** Makes the empty scratch database and a login role of the same name that owns it; exists already is fine. */
  ensureScratchTemplate(scratch: string, password: string): Promise<void>;
  /**
   * Seals a migrated scratch database (objects owned by a role that owns no database, no connections, NOLOGIN) and
   * renames it to `database`. Safe to repeat; if another operation promoted first, the scratch is dropped.
   * @throws when the scratch holds no migrated schema (`alembic_version`)
   */
  promoteTemplate(scratch: string, database: string): Promise<void>;
  /** Ends connections to a scratch database and drops it with its role; gone already is fine. */
  dropScratchTemplate(scratch: string): Promise<void>;
  /**
   * A database of the environment's own, owned by a login role with this password; PUBLIC may not connect.
   * Cloned from the template, or empty (`template` null). Exists already is fine: role and grants are put right.
   */
  ensureDatabase(spec: {
    readonly database: string;
    readonly role: string;
    readonly password: string;
    readonly template: string | null;
    readonly connectionLimit: number;
  }): Promise<void>;
  /** How many connections a role and its database take from now on; those there are stay. @throws when it is gone */
  limitConnections(spec: {
    readonly database: string;
    readonly role: string;
    readonly connectionLimit: number;
  }): Promise<void>;
  /** Ends its connections, drops database and role; gone already is fine. */
  dropDatabase(database: string, role: string): Promise<void>;
}
