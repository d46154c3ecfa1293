// What every DatabaseCopies must guarantee of a copy that is made while its source is in use.
import { expect, test } from "vitest";
import type { CopiesSubject } from "./database-copies.suite.ts";

const source = { database: "hangar_eooooooooo1", role: "hangar_eooooooooo1" };
const other = { database: "hangar_eooooooooo2", role: "hangar_eooooooooo2" };
const copy = { database: "hangar_eooooooooo1_s7", role: "hangar_eooooooooo1_s7" };
const target = copy.database;
const reader = "hangar_eooooooooo1_s7_reader";
const password = "source password";
const access = { password: "snapshot password", connectionLimit: 5 };
const task = { queue: "old", tryNumber: 1, maxTries: 2 };

/** Runs in one server, in order: each test goes on from where the one before it ended. */
export function onlineCopiesContract(subject: () => CopiesSubject): void {
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

  test("of a target that is not there nothing is known, and a source that is not there cannot be copied online", async () => {
    const { copies } = subject();
    expect(await copies.lookAtTarget(target)).toBeNull();
    await expect(copies.ensureReader(reader, "first", source.database, target)).rejects.toThrow(/no such database/);
    expect(await copies.lookAtTarget(target)).toBeNull();
    await copies.dropReader(reader, source.database);
  });

  test("a reader owns an empty database nobody else may enter; asked for again it has the newer password", async () => {
    const { copies, databases, fill, addTask } = subject();
    for (const one of [source, other]) {
      await databases.ensureDatabase({ ...one, password, template: null, connectionLimit: 5 });
      await fill(one.database, one.role, password);
    }
    await addTask(source.database, { ...task, taskId: "a", state: "running" });
    await addTask(source.database, { ...task, taskId: "b", state: "queued" });
    await copies.ensureReader(reader, "first", source.database, target);
    await copies.ensureReader(reader, "second", source.database, target);
    expect(await copies.lookAtTarget(target)).toMatchObject({ whole: false, sealed: false });
    expect(await mayConnect(target, reader, "second")).toBe(true);
    expect(await mayConnect(target, source.role, password)).toBe(false);
  });

  test("a reader enters no other environment's database, and who is no reader fills nothing", async () => {
    const { copies, fillAs } = subject();
    expect(await mayConnect(other.database, reader, "second")).toBe(false);
    await expect(fillAs(reader, "second", other.database, target)).rejects.toThrow();
    await expect(fillAs(source.role, password, source.database, target)).rejects.toThrow();
    expect(await copies.lookAtTarget(target)).toMatchObject({ whole: false });
  });

  test("a filled target is whole, with what the source held; the source goes on, its own role in it", async () => {
    const { copies, fillAs, tasks, addTask } = subject();
    await fillAs(reader, "second", source.database, target);
    await addTask(source.database, { ...task, taskId: "c", state: "queued" });
    expect(await copies.lookAtTarget(target)).toMatchObject({ whole: true, sealed: false });
    expect((await copies.lookAtTarget(target))!.size).toBeGreaterThan(0);
    expect((await tasks(target)).map(({ taskId }) => taskId)).toEqual(["a", "b"]);
    expect(await copies.lookAtSource(source)).toMatchObject({ open: true, sealed: false, running: 1 });
    expect(await mayConnect(source.database, source.role, password)).toBe(true);
  });

  test("a filled target is handed over from its reader, who owns it; then no reader is made for it any more", async () => {
    const { copies } = subject();
    await copies.handOver(copy, reader, access);
    await copies.handOver(copy, reader, access);
    expect(await mayConnect(target, copy.role, access.password)).toBe(true);
    await copies.dropReader(reader, source.database);
    await copies.dropReader(reader, source.database);
    await copies.ensureReader(reader, "late", source.database, target);
    expect(await mayConnect(source.database, reader, "late")).toBe(false);
    expect(await mayConnect(target, copy.role, access.password)).toBe(true);
  });

  test("what ran in the source runs again from the copy, and the source's own rows are not touched", async () => {
    const { copies, tasks } = subject();
    await copies.setLogin(copy.role, false);
    expect((await copies.retryInterrupted(copy, target)).map(({ taskId }) => taskId)).toEqual(["a"]);
    expect((await tasks(target)).find(({ taskId }) => taskId === "a")).toMatchObject({ state: null, maxTries: 3 });
    expect((await tasks(source.database)).find(({ taskId }) => taskId === "a")).toMatchObject({ state: "running" });
  });

  test("the DAGs of a copy are paused until that is lifted, or for good; the source's are not", async () => {
    const { copies, addDag, pausedDags } = subject();
    for (const [dag, paused] of [
      ["etl", false],
      ["asleep", true],
      ["_hangar_canary", false],
    ] as const)
      await addDag(target, dag, paused);
    await addDag(source.database, "etl", false);
    await copies.settleClone(copy, "until lifted");
    await copies.settleClone(copy, "until lifted");
    const all = { etl: true, asleep: true, _hangar_canary: true };
    expect(await pausedDags(target)).toEqual(all);
    await copies.liftHold(copy);
    expect(await pausedDags(target)).toEqual({ ...all, etl: false });
    await copies.settleClone(copy, "for good");
    await copies.liftHold(copy);
    expect(await pausedDags(target)).toEqual(all);
    expect(await pausedDags(source.database)).toEqual({ etl: false });
  });

  test("a sealed copy is whole, and is neither filled, nor handed over again, nor made a reader of", async () => {
    const { copies, fillAs } = subject();
    await copies.seal(copy);
    expect(await copies.lookAtTarget(target)).toMatchObject({ whole: true, sealed: true });
    await expect(fillAs(reader, "second", source.database, target)).rejects.toThrow();
    await expect(copies.handOver(copy, reader, access)).rejects.toThrow(/is sealed/);
    await expect(copies.ensureReader(reader, "late", target, "hangar_eooooooooo1_s8")).rejects.toThrow(/is sealed/);
    expect(await copies.lookAtTarget("hangar_eooooooooo1_s8")).toBeNull();
    expect(await copies.lookAtTarget(target)).toMatchObject({ sealed: true });
  });

  test("a reader whose copying was given up goes after its target was dropped, whether or not the source is there", async () => {
    const { copies, databases } = subject();
    const given = "hangar_eooooooooo1_s9";
    await copies.ensureReader(`${given}_reader`, "x", source.database, given);
    await expect(copies.dropReader(`${given}_reader`, source.database)).rejects.toThrow();
    await databases.dropDatabase(given, given);
    await databases.dropDatabase(source.database, source.role);
    await copies.dropReader(`${given}_reader`, source.database);
    for (const one of [other, copy]) await databases.dropDatabase(one.database, one.role);
    for (const name of [given, target, source.database]) expect(await copies.lookAtTarget(name)).toBeNull();
  });
}
