// The pool's PostgreSQL server: template databases, clones, roles (design, section 5, "Database").

export type TemplateState = "missing" | "empty" | "migrating" | "ready";

export interface Databases {
  /**
   * `ready`: marked as migrated. `empty`: the database is there, nothing more. `migrating`: tables, but no mark.
   */
  templateState(database: string): Promise<TemplateState>;
  /** Makes the empty template database and its owner role with this password; exists already is fine. */
  ensureTemplate(database: string, password: string): Promise<void>;
  /**
   * Marks a migrated template as ready, closes it to connections and hands its objects to a role that owns no
   * database. @throws when it holds no migrated schema
   */
  sealTemplate(database: string): Promise<void>;
  /** Drops a template whose migration was cut off; a sealed one is left alone. */
  dropUnsealedTemplate(database: string): Promise<void>;
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
  /** Ends its connections, drops database and role; gone already is fine. */
  dropDatabase(database: string, role: string): Promise<void>;
}
