// What every LiveDatabase must do, on a server of PostgreSQL and in memory.
import { expect, test } from "vitest";
import type { LiveDatabase } from "../../../shared/ports/live-database.ts";

/** What a suite needs besides the port. */
export interface LiveSubject {
  readonly live: LiveDatabase;
  /** Makes an environment's database, with Airflow's tables. */
  make(database: string): Promise<void>;
  /** A task instance. @param seconds since it started; null: it has not */
  addTask(
    database: string,
    task: { readonly taskId: string; readonly state: string; readonly seconds: number | null; readonly dagId?: string },
  ): Promise<void>;
  /** So many callbacks wait for the DAG processor. */
  addCallbacks(database: string, count: number): Promise<void>;
  seal(database: string): Promise<void>;
}

export function liveDatabaseContract(subject: () => LiveSubject): void {
  const database = "hangar_live";

  test("of a database that is not there says nothing", async () => {
    expect(await subject().live.look("hangar_nowhere")).toBeNull();
  });

  test("of one in which nothing runs says its size and noughts", async () => {
    await subject().make(database);
    const facts = await subject().live.look(database);
    expect(facts!.bytes).toBeGreaterThan(0);
    expect(facts!.work).toEqual({ running: 0, longest: [], deferred: 0, callbacks: 0 });
  });

  test("names what runs, that which has run longest first, and counts what waits; the canary's own aside", async () => {
    const { addTask, addCallbacks, live } = subject();
    await addTask(database, { taskId: "short", state: "running", seconds: 60 });
    await addTask(database, { taskId: "long", state: "running", seconds: 7200 });
    await addTask(database, { taskId: "unsaid", state: "running", seconds: null });
    await addTask(database, { taskId: "sleeps", state: "deferred", seconds: 10 });
    await addTask(database, { taskId: "over", state: "success", seconds: 10 });
    await addTask(database, { taskId: "canary", state: "running", seconds: 9000, dagId: "_hangar_canary" });
    await addCallbacks(database, 2);
    const { work } = (await live.look(database))!;
    expect(work).toMatchObject({ running: 3, deferred: 1, callbacks: 2 });
    expect(work!.longest.map(({ taskId }) => taskId)).toEqual(["long", "short", "unsaid"]);
    const [long, short, unsaid] = work!.longest;
    expect(long).toMatchObject({ dagId: "etl", runId: "r", mapIndex: -1 });
    for (const [task, seconds] of [
      [long, 7200],
      [short, 60],
    ] as const) {
      expect(task!.seconds).toBeGreaterThanOrEqual(seconds);
      expect(task!.seconds).toBeLessThan(seconds + 30);
    }
    expect(unsaid!.seconds).toBeNull();
  });

  test("names ten at most, and counts all", async () => {
    for (let number = 0; number < 12; number++)
      await subject().addTask(database, { taskId: `t${number}`, state: "running", seconds: 1000 + number });
    const { work } = (await subject().live.look(database))!;
    expect(work).toMatchObject({ running: 15 });
    expect(work!.longest).toHaveLength(10);
  });

  test("of a sealed one says its size alone", async () => {
    await subject().seal(database);
    const facts = await subject().live.look(database);
    expect(facts).toMatchObject({ work: null });
    expect(facts!.bytes).toBeGreaterThan(0);
  });
}
