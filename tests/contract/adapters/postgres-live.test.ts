// Looks at a real server: the port's contract on the tables of Airflow 2 and 3, and what becomes of a look that takes too long.
import { afterAll, describe, expect, test } from "vitest";
import { postgresLive } from "../../../shared/aws/postgres-live.ts";
import { airflowServer } from "./airflow-server.ts";
import { liveDatabaseContract, type LiveSubject } from "./live-database.suite.ts";

const { address, addTask, asKeeper, connect, query, subjectOf } = airflowServer();

const liveSubject = (version: "2.11.2" | "3.3.1", connectionString: (database: string) => string): LiveSubject => {
  const { copies, databases, fill } = subjectOf(version, connectionString);
  return {
    live: postgresLive({ connectionString }),
    async make(database) {
      const owned = { database, role: database, password: "own", template: null, connectionLimit: 5 };
      await databases.ensureDatabase(owned);
      await fill(database, database, "own");
    },
    async addTask(database, { seconds, dagId = "etl", ...task }) {
      await addTask(version, database, { ...task, dagId, queue: "q", tryNumber: 1, maxTries: 0 });
      const began = seconds === null ? "NULL" : `now() - interval '${seconds} seconds'`;
      await query(`UPDATE task_instance SET start_date = ${began} WHERE task_id = '${task.taskId}'`, database);
    },
    async addCallbacks(database, count) {
      const rows = (values: string) => `SELECT ${values} FROM generate_series(1, ${count})`;
      await query(
        version === "3.3.1"
          ? `INSERT INTO callback (id, type, data) ${rows("gen_random_uuid(), 'dag_processor', '{}'::jsonb")};
             INSERT INTO callback (id, type, data) ${rows("gen_random_uuid(), 'triggerer', '{}'::jsonb")}`
          : `INSERT INTO callback_request (callback_data, callback_type) ${rows("'{}'::json, 'TaskCallbackRequest'")}`,
        database,
      );
    },
    seal: (database) => copies.seal({ database, role: database }),
  };
};

describe("as a superuser, as on one machine, on Airflow 2", () => {
  liveDatabaseContract(() => liveSubject("2.11.2", (database) => address(database)));
  afterAll(() =>
    subjectOf("2.11.2", (database) => address(database)).databases.dropDatabase("hangar_live", "hangar_live"),
  );
});

describe("as an administrator who is no superuser, as on Aurora, on Airflow 3", () => {
  liveDatabaseContract(() => liveSubject("3.3.1", asKeeper));
  afterAll(() => subjectOf("3.3.1", asKeeper).databases.dropDatabase("hangar_live", "hangar_live"));
});

test("whoever holds a table longer than an API call may last hides what is at work, and not the size", async () => {
  const { make, live } = liveSubject("3.3.1", asKeeper);
  await make("hangar_held");
  const holder = await connect("hangar_held");
  await holder.query("BEGIN; LOCK TABLE task_instance IN ACCESS EXCLUSIVE MODE");
  const facts = await live.look("hangar_held");
  expect(facts).toMatchObject({ work: null });
  expect(facts!.bytes).toBeGreaterThan(0);
  await holder.end();
}, 15_000);

test("a server that is not there is a dependency that is not available", async () => {
  const nowhere = postgresLive({ connectionString: () => "postgresql://postgres:topsecret@127.0.0.1:1/postgres" });
  await expect(nowhere.look("hangar_x")).rejects.toMatchObject({ name: "DependencyUnavailable" });
});
