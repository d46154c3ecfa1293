// What a restore would lose, counted on a real server: the memory twin keeps the two numbers as they are told.
import { expect, test } from "vitest";
import { airflowServer } from "./airflow-server.ts";

const { addTask, asKeeper, query, subjectOf } = airflowServer();
const source = { database: "hangar_begun", role: "hangar_begun" };
const { databases, copies, fill } = subjectOf("3.3.1", asKeeper);
const since = Date.UTC(2026, 0, 1, 12);
const count = () => copies.countBegunSince(source.database, since);

test("of a database that is not there nothing is counted", async () => expect(await count()).toBeNull());

test("counts runs and task instances that started after the moment, the canary's own aside", async () => {
  await databases.ensureDatabase({ ...source, password: "own", template: null, connectionLimit: 5 });
  await fill(source.database, source.role, "own");
  await query(
    `CREATE TABLE dag_run (dag_id varchar, start_date timestamptz);
     ALTER TABLE dag_run OWNER TO ${source.role};
     INSERT INTO dag_run VALUES ('etl', '2026-01-01 12:00:00+00'), ('etl', '2026-01-01 12:00:00.001+00'),
       ('_hangar_canary', '2026-01-02 00:00:00+00'), ('etl', '2026-01-01 13:30:00+02'), ('etl', NULL)`,
    source.database,
  );
  for (const taskId of ["before", "after"])
    await addTask("3.3.1", source.database, { taskId, state: "success", queue: "q", tryNumber: 1, maxTries: 0 });
  await query(
    `UPDATE task_instance SET start_date = CASE task_id WHEN 'after' THEN '2026-01-03'::timestamptz ELSE '2025-12-31' END`,
    source.database,
  );
  expect(await count()).toEqual({ runs: 1, taskInstances: 1 });
});

test("of a sealed one nothing is counted: nobody may come in", async () => {
  await copies.seal(source);
  expect(await count()).toBeNull();
  await databases.dropDatabase(source.database, source.role);
});
