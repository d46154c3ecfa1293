// Sealing, copying and handing over on a real server: the port's contract on the tables of Airflow 2 and 3, and what becomes
// of a task that was ended.
import { describe, expect, test } from "vitest";
import { airflowServer } from "./airflow-server.ts";
import { databaseCopiesContract } from "./database-copies.suite.ts";
import { onlineCopiesContract } from "./online-copies.suite.ts";

const { address, addTask, asKeeper, query, subjectOf } = airflowServer();

describe("as a superuser, as on one machine, on Airflow 2", () => {
  const subject = () => subjectOf("2.11.2", (database) => address(database));
  databaseCopiesContract(subject);
  onlineCopiesContract(subject);
});

// every statement that works with these rights works for a superuser too
describe("as an administrator who is no superuser, as on Aurora, on Airflow 3", () => {
  databaseCopiesContract(() => subjectOf("3.3.1", asKeeper));
  onlineCopiesContract(() => subjectOf("3.3.1", asKeeper));
});

describe.each(["2.11.2", "3.3.1"] as const)("a task that was ended, on Airflow %s", (version) => {
  const source = { database: "hangar_ended", role: "hangar_ended" };
  const { databases, copies, fill } = subjectOf(version, asKeeper);

  test("keeps its attempt as a failed one in the history, and comes again as another, with nothing of the old left", async () => {
    await databases.ensureDatabase({ ...source, password: "own", template: null, connectionLimit: 5 });
    await fill(source.database, source.role, "own");
    await addTask(version, source.database, { taskId: "a", state: "running", queue: "q", tryNumber: 2, maxTries: 3 });
    const reschedule = "now(), now(), 1, now() FROM task_instance";
    await query(
      version === "3.3.1"
        ? `UPDATE task_instance SET id = '018f0000-0000-4000-8000-000000000001', next_method = 'resume', next_kwargs = '{}';
           INSERT INTO task_instance_note SELECT id, 'of its user' FROM task_instance;
           INSERT INTO task_reschedule (ti_id, start_date, end_date, duration, reschedule_date) SELECT id, ${reschedule}`
        : `UPDATE task_instance SET next_method = 'resume', next_kwargs = '{}';
           INSERT INTO task_reschedule (dag_id, run_id, task_id, try_number, start_date, end_date, duration, reschedule_date)
             SELECT dag_id, run_id, task_id, 2, ${reschedule}`,
      source.database,
    );
    await copies.setLogin(source.role, false);
    await copies.retryInterrupted(source, "operation");
    const left = `state, try_number, max_tries, next_method, next_kwargs, external_executor_id, queued_by_job_id, queue`;
    expect(await query(`SELECT ${left} FROM task_instance`, source.database)).toEqual([
      {
        ...{ state: null, try_number: 2, max_tries: 4, queue: "q" },
        ...{ next_method: null, next_kwargs: null, external_executor_id: null, queued_by_job_id: null },
      },
    ]);
    expect(
      await query(
        `SELECT state, try_number, max_tries, hostname, external_executor_id, duration >= 60 AS lasted,
                end_date IS NOT NULL AS ended FROM task_instance_history`,
        source.database,
      ),
    ).toEqual([
      {
        ...{ state: "failed", try_number: 2, max_tries: 3, hostname: "worker" },
        ...{ external_executor_id: "message", lasted: true, ended: true },
      },
    ]);
    expect(await query("SELECT FROM task_reschedule", source.database)).toEqual([]);
  });

  // Airflow 2 knows a task instance by its names alone
  if (version === "3.3.1")
    test("has a new identifier, which its note follows, and a late message's is known to the history alone", async () => {
      const ids = await query(
        `SELECT substr(id::text, 15, 1) AS version, id = ti_id AS noted, task_instance_id::text AS before,
              abs(extract(epoch FROM now()) - ('x0000' || substr(replace(id::text, '-', ''), 1, 12))::bit(64)::bigint / 1000) < 60 AS now
         FROM task_instance, task_instance_note, task_instance_history`,
        source.database,
      );
      expect(ids).toEqual([{ version: "7", noted: true, before: "018f0000-0000-4000-8000-000000000001", now: true }]);
    });

  test("is not written twice into the history when it had been recorded already", async () => {
    await query("UPDATE task_instance SET state = 'running'", source.database);
    await copies.retryInterrupted(source, "operation");
    expect(await query("SELECT FROM task_instance_history", source.database)).toHaveLength(1);
    await databases.dropDatabase(source.database, source.role);
  });
});
