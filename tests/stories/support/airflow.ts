// Airflow of one environment, as its administrator sees it.
import { type AirflowClient, airflowClient } from "../../../cli/airflow-client.ts";
import { type Home, until } from "./hangar.ts";

interface Run {
  readonly dag_run_id: string;
  readonly state: string;
}

export async function signIn(home: Home, environment: string): Promise<AirflowClient> {
  const link = new URL((await home.ok("open", "--print", environment)).trim().split("\n")[0]!);
  return airflowClient({ url: link.origin, token: link.hash.slice(1) });
}

export const dagVisible = (airflow: AirflowClient, dagId: string, seconds = 60) =>
  until(`DAG ${dagId} visible`, seconds, () => airflow.get(`/dags/${dagId}`));

/** Starts a run of an unpaused DAG. */
export async function trigger(airflow: AirflowClient, dagId: string): Promise<string> {
  await airflow.send("PATCH", `/dags/${dagId}`, { is_paused: false });
  const run = await airflow.send<Run>("POST", `/dags/${dagId}/dagRuns`, { logical_date: null, conf: {} });
  return run.dag_run_id;
}

export async function stateOf(airflow: AirflowClient, dagId: string, runId: string): Promise<string | undefined> {
  return (await airflow.get<Run>(`/dags/${dagId}/dagRuns/${encodeURIComponent(runId)}`))?.state;
}

const runEnds = (airflow: AirflowClient, dagId: string, runId: string, seconds = 120) =>
  until(`run ${runId} ended`, seconds, async () => {
    const state = await stateOf(airflow, dagId, runId);
    return state === "success" || state === "failed" ? state : undefined;
  });

/** Waits for a run's success; a failed one fails the test with what its tasks logged. */
export async function runSucceeds(airflow: AirflowClient, dagId: string, runId: string, seconds = 120): Promise<void> {
  if ((await runEnds(airflow, dagId, runId, seconds)) === "success") return;
  const run = `/dags/${dagId}/dagRuns/${encodeURIComponent(runId)}`;
  const failed = (await tasksOf(airflow, dagId, runId)).filter((task) => task.state !== "success");
  const logs = failed.map(async (task) => {
    const log = await airflow.get<{ content: LogLine[] }>(
      `${run}/taskInstances/${task.task_id}/logs/${Math.max(1, task.try_number)}`,
    );
    const errors = log?.content.flatMap(({ error_detail = [] }) => error_detail) ?? [];
    const said = errors.map(({ exc_type, exc_value }) => `${exc_type}: ${exc_value}`).join("; ");
    return `${task.task_id} ${task.state}: ${said || (JSON.stringify(log) ?? "no log").slice(-3000)}`;
  });
  throw new Error(`run ${runId} of ${dagId} failed\n${(await Promise.all(logs)).join("\n")}`);
}

export async function tasksOf(airflow: AirflowClient, dagId: string, runId: string): Promise<readonly TaskInstance[]> {
  const path = `/dags/${dagId}/dagRuns/${encodeURIComponent(runId)}/taskInstances`;
  return (await airflow.get<{ task_instances: TaskInstance[] }>(path))!.task_instances;
}

interface TaskInstance {
  readonly task_id: string;
  readonly state: string | null;
  readonly try_number: number;
}

interface LogLine {
  readonly error_detail?: readonly { readonly exc_type: string; readonly exc_value: string }[];
}

/** A DAG with one task that sleeps and says so. */
export const sleeperDag = (dagId: string, seconds: number): string => `from datetime import datetime

from airflow.sdk import dag, task


@dag(dag_id="${dagId}", schedule=None, start_date=datetime(2024, 1, 1), catchup=False)
def sleeper():
    @task
    def nap():
        import time

        time.sleep(${seconds})
        return "slept"

    nap()


sleeper()
`;

/** A DAG that fails unless a configuration option has this value where its task runs. */
export const optionDag = (
  dagId: string,
  section: string,
  option: string,
  value: string,
): string => `from datetime import datetime

from airflow.sdk import dag, task


@dag(dag_id="${dagId}", schedule=None, start_date=datetime(2024, 1, 1), catchup=False)
def reads_option():
    @task(retries=0)
    def read():
        from airflow.configuration import conf

        assert conf.get("${section}", "${option}") == "${value}"

    read()


reads_option()
`;

/** A DAG with one task that works until a file appears, or for four minutes. */
export const waiterDag = (dagId: string, file: string): string => `from datetime import datetime

from airflow.sdk import dag, task


@dag(dag_id="${dagId}", schedule=None, start_date=datetime(2024, 1, 1), catchup=False)
def waiter():
    @task
    def wait():
        import os
        import time

        for _ in range(480):
            if os.path.exists("${file}"):
                return
            time.sleep(0.5)

    wait()


waiter()
`;
