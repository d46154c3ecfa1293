// What every Databases must guarantee: the PostgreSQL adapter and its in-memory twin alike.
import { expect, test } from "vitest";
import type { Databases } from "../../../shared/ports/databases.ts";

export interface DatabasesSubject {
  readonly databases: Databases;
  /** Gives a scratch database a schema, as the migration task does. */
  migrate(scratch: string, password: string): void | Promise<void>;
  /** Names of Hangar's databases and roles on the server, in order. */
  databaseNames(): readonly string[] | Promise<readonly string[]>;
  roleNames(): readonly string[] | Promise<readonly string[]>;
  /** How many connections a role may have at once. */
  connectionLimit(role: string): number | Promise<number>;
  /** Whether this role gets into this database with this password. */
  mayConnect(database: string, role: string, password: string): boolean | Promise<boolean>;
}

const template = "hangar_template_9_9_9";
const scratch = `${template}_eaaaaaaaaaa`;
const environment = {
  database: "hangar_ebbbbbbbbbb",
  role: "hangar_ebbbbbbbbbb",
  password: "first",
  template,
  connectionLimit: 10,
};

/** Runs in one server, in order: each test goes on from where the one before it ended. */
export function databasesContract(subject: () => DatabasesSubject): void {
  test("a scratch database is no template, however often it is made", async () => {
    const { databases } = subject();
    await databases.ensureScratchTemplate(scratch, "scratch password");
    await databases.ensureScratchTemplate(scratch, "scratch password");
    expect(await databases.hasTemplate(scratch)).toBe(false);
    expect(await databases.hasTemplate(template)).toBe(false);
    expect(await subject().databaseNames()).toEqual([scratch]);
  });

  test("an unmigrated scratch database is never promoted", async () => {
    const { databases } = subject();
    await expect(databases.promoteTemplate(scratch, template)).rejects.toThrow(/alembic_version/);
    expect(await databases.hasTemplate(template)).toBe(false);
  });

  test("nothing is cloned from a template that is not there", async () => {
    await expect(subject().databases.ensureDatabase(environment)).rejects.toThrow(/does not exist/);
    expect(await subject().databaseNames()).toEqual([scratch]);
    expect(await subject().roleNames()).toEqual([scratch]);
  });

  test("a migrated scratch database becomes the template, and a repeat changes nothing", async () => {
    const { databases, migrate } = subject();
    await migrate(scratch, "scratch password");
    await databases.promoteTemplate(scratch, template);
    await databases.promoteTemplate(scratch, template);
    expect(await databases.hasTemplate(template)).toBe(true);
    expect(await subject().databaseNames()).toEqual([template]);
    expect(await subject().roleNames()).toEqual([template]);
  });

  test("when another operation promoted first, the scratch database is dropped with its role", async () => {
    const { databases, migrate } = subject();
    const late = `${template}_ecccccccccc`;
    await databases.ensureScratchTemplate(late, "late password");
    await migrate(late, "late password");
    await databases.promoteTemplate(late, template);
    expect(await subject().databaseNames()).toEqual([template]);
    expect(await subject().roleNames()).toEqual([template]);
  });

  test("a promotion without scratch and template says that the migration has to run again", async () => {
    await expect(
      subject().databases.promoteTemplate("hangar_template_8_8_8_e1", "hangar_template_8_8_8"),
    ).rejects.toThrow(/run again/);
  });

  test("a scratch database can be dropped at any time, and again when it is gone", async () => {
    const { databases } = subject();
    await databases.ensureScratchTemplate(`${template}_edddddddddd`, "password");
    await databases.dropScratchTemplate(`${template}_edddddddddd`);
    await databases.dropScratchTemplate(`${template}_edddddddddd`);
    expect(await subject().databaseNames()).toEqual([template]);
  });

  test("a role's connections are limited anew, and again, and its password stays", async () => {
    const { databases, connectionLimit, mayConnect } = subject();
    const { database, role, password } = environment;
    await databases.ensureDatabase(environment);
    expect(await connectionLimit(role)).toBe(10);
    for (const limit of [25, 25, 4]) {
      await databases.limitConnections({ database, role, connectionLimit: limit });
      expect(await connectionLimit(role)).toBe(limit);
    }
    expect(await mayConnect(database, role, password)).toBe(true);
    await databases.dropDatabase(database, role);
  });

  test("connections to a database that is gone cannot be limited, and nothing is made by it", async () => {
    const { databases } = subject();
    const { database, role } = environment;
    await expect(databases.limitConnections({ database, role, connectionLimit: 5 })).rejects.toThrow();
    expect(await subject().databaseNames()).toEqual([template]);
    expect(await subject().roleNames()).toEqual([template]);
  });

  test("an environment's databases are made, made again, and dropped with their roles, twice", async () => {
    const { databases } = subject();
    const celery = {
      ...environment,
      database: `${environment.database}_celery`,
      role: `${environment.role}_celery`,
      template: null,
    };
    for (const spec of [environment, celery, environment, celery]) await databases.ensureDatabase(spec);
    expect(await subject().databaseNames()).toEqual([environment.database, celery.database, template]);
    expect(await subject().roleNames()).toEqual([environment.role, celery.role, template]);
    for (const spec of [environment, celery, environment, celery])
      await databases.dropDatabase(spec.database, spec.role);
    expect(await subject().databaseNames()).toEqual([template]);
    expect(await subject().roleNames()).toEqual([template]);
  });
}
