// What Airflow's REST API serves: the same questions to an environment and to a plain Airflow.
import type { AirflowClient } from "../../cli/airflow-client.ts";
import type { Bench } from "../benchmark.ts";
import { secondsSince, waitFor } from "../waiting.ts";

export type AirflowReader = Pick<AirflowClient, "get">;

const parsedSeconds = 900;

export async function serves(airflow: AirflowReader, dagId: string, description: string): Promise<boolean> {
  return (await airflow.get<{ description: string }>(`/dags/${dagId}`))?.description === description;
}

/** Waits until so many DAGs whose ids begin so are served. @returns seconds since `began`, a reading of `performance.now()` */
export async function allServed(
  airflow: AirflowReader,
  prefix: string,
  count: number,
  began: number,
  bench: Pick<Bench, "note">,
): Promise<number> {
  const path = `/dags?limit=1&dag_id_pattern=${encodeURIComponent(`${prefix}_%`)}`;
  await waitFor(`${count} DAGs served`, parsedSeconds, 1000, async () => {
    const { total_entries: served = 0 } = (await airflow.get<{ total_entries: number }>(path)) ?? {};
    if (served < count) throw new Error(`${served} so far`);
    return true;
  });
  const seconds = secondsSince(began);
  bench.note(`${count} DAGs served ${seconds.toFixed(1)} s after they were put there`);
  return seconds;
}
