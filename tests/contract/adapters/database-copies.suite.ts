// What every DatabaseCopies must guarantee: the PostgreSQL adapter and its in-memory twin alike.
import { expect, test } from "vitest";
import type { DatabaseCopies, MigrationFacts } from "../../../shared/ports/database-copies.ts";
import type { Databases } from "../../../shared/ports/databases.ts";

type Eventually<Value> = Value | Promise<Value>;

/** A task instance of the DAG `etl` in its run `r`. */
export interface SuiteTask {
  readonly taskId: string;
  readonly state: string | null;
  readonly queue: string;
  readonly tryNumber: number;
  readonly maxTries: number;
  readonly dagId?: string;
}

export interface CopiesSubject {
  readonly databases: Databases;
  readonly copies: DatabaseCopies;
  /** Airflow's tables, made by the database's own role. */
  fill(database: string, role: string, password: string): Eventually<void>;
  addTask(database: string, task: SuiteTask): Eventually<void>;
  /** By task id, those of other DAGs left out. */
  tasks(database: string): Eventually<readonly SuiteTask[]>;
  /** Rejects when it is not let in. */
  connect(
    database: string,
    role: string,
    password: string,
  ): Promise<{ alive(): Eventually<boolean>; close(): Eventually<void> }>;
  /** What the one-off task does with this login; rejects as PostgreSQL refuses it. */
  copyAs(role: string, password: string, source: string, copy: string): Promise<void>;
  /** What `hangar-agent copy-online` does with a reader's login; rejects as PostgreSQL refuses it. */
  fillAs(role: string, password: string, source: string, target: string): Promise<void>;
  /** What the migration writes about itself, by the copy's role. */
  writeMigration(copy: string, facts: MigrationFacts): Eventually<void>;
  /** Pauses DAGs as the migration does at its end: each is noted. */
  hold(copy: string, dags: readonly string[]): Eventually<void>;
  /** DAGs by whether they are paused; `addDag` makes one. */
  addDag(database: string, dagId: string, paused: boolean): Eventually<void>;
  pausedDags(database: string): Eventually<Readonly<Record<string, boolean>>>;
}

const source = { database: "hangar_eddddddddd1", role: "hangar_eddddddddd1" };
const copy = { database: "hangar_eddddddddd1_g2", role: "hangar_eddddddddd1_g2" };
const second = { database: "hangar_eddddddddd1_g3", role: "hangar_eddddddddd1_g3" };
const copier = "hangar_eddddddddd1_g2_copier";
const password = "source password";
const access = { password: "copy password", connectionLimit: 5 };
const task = { state: "running", queue: "old", tryNumber: 1, maxTries: 2 };
const key = { dagId: "etl", runId: "r", mapIndex: -1 };

/** Runs in one server, in order: each test goes on from where the one before it ended. */
export function databaseCopiesContract(subject: () => CopiesSubject): void {
  const mayConnect = (database: string, role: string, secret: string) =>
    subject()
      .connect(database, role, secret)
      .then(
        async (client) => {
          await client.close();
          return true;
        },
        () => false,
      );
  const facts = async () => (await subject().copies.lookAtSource(source)) ?? expect.unreachable("no source");
  const copyFacts = async () => (await subject().copies.lookAtCopy(copy, "old")) ?? expect.unreachable("no copy");
  /** A server notices that a client has left a moment after the client has. */
  const untilAlone = (connections: () => Promise<number>) => expect.poll(connections, { timeout: 5_000 }).toBe(0);

  test("of a database that is not there nothing is known, nothing is ended, and it is neither sealed nor unsealed", async () => {
    const { copies } = subject();
    expect(await copies.lookAtSource(source)).toBeNull();
    expect(await copies.lookAtCopy(copy, "old")).toBeNull();
    await copies.endConnections(source.database);
    await expect(copies.seal(source)).rejects.toThrow();
    await expect(copies.unseal(source)).rejects.toThrow();
    await expect(copies.handOver(copy, source.role, access)).rejects.toThrow(/no database .* to hand over/);
    expect(await copies.lookAtSource(source)).toBeNull();
    expect(await copies.lookAtCopy(copy, "old")).toBeNull();
  });

  test("who may come in, who is there and what runs is told; the canary is not counted, nor the one who asks", async () => {
    const { databases, fill, addTask, addDag, connect } = subject();
    await databases.ensureDatabase({ ...source, password, template: null, connectionLimit: 5 });
    await fill(source.database, source.role, password);
    await addDag(source.database, "etl", false);
    await addDag(source.database, "paused by its user", true);
    await addTask(source.database, { ...task, taskId: "a" });
    await addTask(source.database, { ...task, taskId: "b", state: "restarting", tryNumber: 2 });
    await addTask(source.database, { ...task, taskId: "c", state: "queued" });
    await addTask(source.database, { ...task, taskId: "d", state: "success" });
    await addTask(source.database, { ...task, taskId: "e", state: "deferred" });
    await addTask(source.database, { ...task, taskId: "f", state: null, queue: "other" });
    await addTask(source.database, { ...task, taskId: "canary", dagId: "_hangar_canary" });
    await untilAlone(async () => (await facts()).connections);
    expect(await facts()).toMatchObject({ open: true, sealed: false, connections: 0, running: 2 });
    expect((await facts()).size).toBeGreaterThan(0);
    const client = await connect(source.database, source.role, password);
    expect((await facts()).connections).toBe(1);
    await client.close();
    await untilAlone(async () => (await facts()).connections);
  });

  test("no task is marked while the role may log in", async () => {
    const { copies, tasks } = subject();
    const before = await tasks(source.database);
    expect(await copies.listInterrupted(source, "first")).toEqual([]);
    await expect(copies.retryInterrupted(source, "first")).rejects.toThrow(/may log in/);
    expect(await tasks(source.database)).toEqual(before);
    expect((await facts()).running).toBe(2);
  });

  test("a closed door keeps clients out and ends none; they stay until their connections are ended", async () => {
    const { copies, connect } = subject();
    const early = await connect(source.database, source.role, password);
    await copies.setLogin(source.role, false);
    await copies.setLogin(source.role, false);
    expect(await early.alive()).toBe(true);
    expect(await mayConnect(source.database, source.role, password)).toBe(false);
    expect(await facts()).toMatchObject({ open: false, connections: 1 });
    await copies.endConnections(source.database);
    await untilAlone(async () => (await facts()).connections);
    expect(await early.alive()).toBe(false);
    await expect(copies.setLogin("hangar_nobody", false)).rejects.toThrow();
  });

  test("what ran is listed and waits to be run again, with the retries it had; a repeat lists the same", async () => {
    const { copies, tasks } = subject();
    const listed = [
      { ...key, taskId: "a", tryNumber: 1 },
      { ...key, taskId: "b", tryNumber: 2 },
    ];
    expect(await copies.retryInterrupted(source, "first")).toEqual(listed);
    const marked = await tasks(source.database);
    expect(await copies.retryInterrupted(source, "first")).toEqual(listed);
    expect(await tasks(source.database)).toEqual(marked);
    expect(marked).toEqual([
      { ...task, taskId: "a", state: null, maxTries: 3 },
      { ...task, taskId: "b", state: null, tryNumber: 2, maxTries: 3 },
      { ...task, taskId: "c", state: "queued" },
      { ...task, taskId: "d", state: "success" },
      { ...task, taskId: "e", state: "deferred" },
      { ...task, taskId: "f", state: null, queue: "other" },
    ]);
    expect((await facts()).running).toBe(0);
  });

  test("every operation has a list of its own, which grows when more is found", async () => {
    const { copies, addTask } = subject();
    await addTask(source.database, { ...task, taskId: "g" });
    expect((await copies.retryInterrupted(source, "second")).map(({ taskId }) => taskId)).toEqual(["g"]);
    await addTask(source.database, { ...task, taskId: "h" });
    expect((await copies.retryInterrupted(source, "second")).map(({ taskId }) => taskId)).toEqual(["g", "h"]);
    expect((await copies.retryInterrupted(source, "first")).map(({ taskId }) => taskId)).toEqual(["a", "b"]);
  });

  test("the list can be read while the role may log in, and reading it marks nothing", async () => {
    const { copies, tasks } = subject();
    await copies.setLogin(source.role, true);
    const before = await tasks(source.database);
    expect((await copies.listInterrupted(source, "second")).map(({ taskId }) => taskId)).toEqual(["g", "h"]);
    expect(await copies.listInterrupted(source, "third")).toEqual([]);
    expect(await tasks(source.database)).toEqual(before);
  });

  test("a sealed database lets nobody in, and says what can be said from outside; sealing again changes nothing", async () => {
    const { copies } = subject();
    await copies.setLogin(source.role, true);
    await copies.seal(source);
    await copies.seal(source);
    expect(await mayConnect(source.database, source.role, password)).toBe(false);
    await untilAlone(async () => (await facts()).connections);
    expect(await facts()).toMatchObject({ open: true, sealed: true, connections: 0, running: 0 });
    await expect(copies.retryInterrupted(source, "first")).rejects.toThrow();
  });

  test("a database is copied by a copier alone, and only while it is sealed", async () => {
    const { copies, copyAs } = subject();
    await copies.ensureCopier(copier, "first copier password");
    await copies.ensureCopier(copier, "copier password");
    await copies.unseal(source);
    await expect(copyAs(copier, "copier password", source.database, copy.database)).rejects.toThrow();
    await copies.seal(source);
    await expect(copyAs(source.role, password, source.database, copy.database)).rejects.toThrow();
    expect(await copies.lookAtCopy(copy, "old")).toBeNull();
    await copyAs(copier, "copier password", source.database, copy.database);
    expect(await copyFacts()).toMatchObject({ migration: { state: "untouched" } });
  });

  test("nothing is handed over while the old role owns a database, which would go along", async () => {
    const { copies } = subject();
    await copies.unseal(source);
    await expect(copies.handOver(copy, source.role, access)).rejects.toThrow(/seal it first/);
    await copies.seal(source);
    expect(await mayConnect(copy.database, copy.role, access.password)).toBe(false);
  });

  test("a copy that is handed over is its new role's, and no other's; handing it over again keeps what is in it", async () => {
    const { copies, tasks } = subject();
    await copies.handOver(copy, source.role, access);
    const copied = await tasks(copy.database);
    expect(copied.map(({ taskId }) => taskId)).toEqual(["a", "b", "c", "d", "e", "f", "g", "h"]);
    await copies.handOver(copy, source.role, access);
    expect(await tasks(copy.database)).toEqual(copied);
    expect(await mayConnect(copy.database, copy.role, access.password)).toBe(true);
    expect(await mayConnect(copy.database, source.role, password)).toBe(false);
    expect(await mayConnect(copy.database, copier, "copier password")).toBe(false);
  });

  test("a copier goes, and what it copied stays; gone already is fine", async () => {
    const { copies, copyAs } = subject();
    await copyAs(copier, "copier password", source.database, second.database);
    await copies.dropCopier(copier);
    await copies.dropCopier(copier);
    await expect(copyAs(copier, "copier password", source.database, "hangar_eddddddddd1_g9")).rejects.toThrow();
    expect(await copies.lookAtCopy(copy, "old")).not.toBeNull();
    expect(await copies.lookAtCopy(second, "old")).toMatchObject({ migration: { state: "untouched" } });
    await copies.dropCopy(second);
  });

  test("what the migration wrote is read, and waiting tasks are counted only when no migration is at work", async () => {
    const { writeMigration } = subject();
    await untilAlone(async () => (await copyFacts()).connections);
    expect(await copyFacts()).toEqual({ migration: { state: "untouched" }, queued: 6, connections: 0 });
    const written: readonly MigrationFacts[] = [
      { state: "begun" },
      { state: "failed", reason: "rows are missing: dag_run 3 of 4" },
      { state: "done", seconds: 42 },
    ];
    for (const migration of written) {
      await writeMigration(copy.database, migration);
      expect((await copyFacts()).migration).toEqual(migration);
      expect((await copyFacts()).queued).toBe(migration.state === "done" ? 6 : 0);
    }
  });

  test("what waits in the old queue is scheduled for the new one as the same attempt; finished tasks stay as they are", async () => {
    const { copies, tasks } = subject();
    await copies.requeueTasks(copy, { from: "old", to: "new" });
    await copies.requeueTasks(copy, { from: "old", to: "new" });
    expect((await copyFacts()).queued).toBe(0);
    const by = Object.fromEntries((await tasks(copy.database)).map((one) => [one.taskId, one]));
    expect(by["c"]).toEqual({ ...task, taskId: "c", state: "scheduled", queue: "new" });
    expect(by["a"]).toMatchObject({ state: null, queue: "new" });
    expect(by["d"]).toEqual({ ...task, taskId: "d", state: "success", queue: "old" });
    expect(by["e"]).toMatchObject({ state: "deferred", queue: "new" });
    expect(by["f"]).toMatchObject({ state: null, queue: "other" });
  });

  test("lifting the hold unpauses what was held and nothing else, once", async () => {
    const { copies, hold, pausedDags, addDag } = subject();
    await hold(copy.database, ["etl"]);
    expect(await pausedDags(copy.database)).toEqual({ etl: true, "paused by its user": true });
    await copies.liftHold(copy);
    expect(await pausedDags(copy.database)).toEqual({ etl: false, "paused by its user": true });
    await addDag(copy.database, "paused later", true);
    await copies.liftHold(copy);
    expect(await pausedDags(copy.database)).toEqual({ etl: false, "paused by its user": true, "paused later": true });
  });

  test("a copy that is sealed and copied in its turn begins untouched, whatever became of its own migration", async () => {
    const { copies, copyAs } = subject();
    await copies.setLogin(copy.role, false);
    await copies.seal(copy);
    await copies.seal(copy);
    await copies.endConnections(copy.database);
    await untilAlone(async () => (await copies.lookAtSource(copy))?.connections ?? Number.NaN);
    await copies.ensureCopier(copier, "copier password");
    await copyAs(copier, "copier password", copy.database, second.database);
    await copies.handOver(second, copy.role, access);
    await copies.dropCopier(copier);
    expect(await copies.lookAtCopy(second, "old")).toMatchObject({ migration: { state: "untouched" } });
  });

  test("a copy is dropped with its role and under its clients, sealed or not; gone already is fine", async () => {
    const { copies, databases, connect } = subject();
    const client = await connect(second.database, second.role, access.password);
    for (const dropped of [second, second, copy, copy]) await copies.dropCopy(dropped);
    expect(await client.alive()).toBe(false);
    await client.close();
    expect(await copies.lookAtCopy(second, "old")).toBeNull();
    expect(await copies.lookAtSource(copy)).toBeNull();
    await databases.ensureDatabase({ ...copy, password, template: null, connectionLimit: 5 });
    expect(await mayConnect(copy.database, copy.role, password)).toBe(true);
    await copies.dropCopy(copy);
  });

  test("an unsealed database is as it was: its role's own, with every row, and the door as it stood", async () => {
    const { copies, tasks } = subject();
    await copies.unseal(source);
    await copies.unseal(source);
    expect(await facts()).toMatchObject({ open: true, sealed: false, running: 0 });
    expect(await mayConnect(source.database, source.role, password)).toBe(true);
    expect((await tasks(source.database)).find(({ taskId }) => taskId === "c")).toEqual({
      ...task,
      taskId: "c",
      state: "queued",
    });
  });

  test("an environment that is deleted while its database is sealed leaves nothing", async () => {
    const { copies, databases, fill } = subject();
    await copies.seal(source);
    await databases.dropDatabase(source.database, source.role);
    expect(await copies.lookAtSource(source)).toBeNull();
    await databases.ensureDatabase({ ...source, password, template: null, connectionLimit: 5 });
    await fill(source.database, source.role, password);
    expect(await copies.lookAtSource(source)).toMatchObject({ open: true, sealed: false });
    await databases.dropDatabase(source.database, source.role);
  });
}
