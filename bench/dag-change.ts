// From PutObject of a changed DAG file to the moment Airflow's REST API serves the new one: event, release, agents,
// dag-processor, all of it.
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { type AirflowClient, airflowClient } from "../cli/airflow-client.ts";
import { bucketName } from "../cli/commands/env.ts";
import { webLogin } from "../cli/environments.ts";
import type { Benchmark } from "./benchmark.ts";
import { againstLimit } from "./measurement.ts";
import { percentileOf } from "./statistics.ts";
import { pause, secondsSince, waitFor } from "./waiting.ts";

const limitSeconds = 8;
const givenUpSeconds = 120;
const lookMilliseconds = 50;
const name = "bench-dag-change";
const dagId = "bench_dag_change";
const controlBucket = "hangar-control";

export const dagChange: Benchmark = {
  name: "dag-change",
  async run(bench) {
    const home = await bench.home();
    const environment = await home.create(name);
    const airflow = await airflowClient(await webLogin(home.target(), environment.Name));
    const s3 = new S3Client({ ...home.sdk(), forcePathStyle: true });
    const Bucket = bucketName(name);
    const put = (text: string) =>
      s3.send(new PutObjectCommand({ Bucket, Key: "dags/bench_dag_change.py", Body: text }));
    const releaseId = () => currentRelease(s3, environment.Hangar!.EnvironmentId);
    await put(dagFile("the first"));
    await waitFor("the first version of the DAG", givenUpSeconds, lookMilliseconds, () => serves(airflow, "the first"));

    const changes = bench.quick ? 3 : 20;
    const served: number[] = [];
    const published: number[] = [];
    for (let change = 1; change <= changes; change++) {
      // Against the phase of everything that polls: a change may come at any moment.
      await pause(500 + Math.random() * 2000);
      const before = await releaseId();
      const began = performance.now();
      await put(dagFile(`change ${change}`));
      const publishing = waitFor(
        "a new release",
        givenUpSeconds,
        lookMilliseconds,
        async () => (await releaseId()) !== before,
      ).then(() => published.push(secondsSince(began)));
      await waitFor(`change ${change} served`, givenUpSeconds, lookMilliseconds, () =>
        serves(airflow, `change ${change}`),
      );
      served.push(secondsSince(began));
      await publishing;
      bench.note(
        `change ${change}: release published after ${published.at(-1)!.toFixed(2)} s, served after ${served.at(-1)!.toFixed(2)} s`,
      );
    }
    s3.destroy();
    await home.remove(name);
    return [
      againstLimit("PutObject to served, p95", "s", percentileOf(served, 95), limitSeconds),
      againstLimit("PutObject to served, p50", "s", percentileOf(served, 50), limitSeconds),
      { what: "of which until the release is published, p50", unit: "s", measured: percentileOf(published, 50) },
    ];
  },
};

async function serves(airflow: AirflowClient, description: string): Promise<boolean> {
  return (await airflow.get<{ description: string }>(`/dags/${dagId}`))?.description === description;
}

async function currentRelease(s3: S3Client, environmentId: string): Promise<string | undefined> {
  const Key = `environments/${environmentId}/control.json`;
  const answer = await s3.send(new GetObjectCommand({ Bucket: controlBucket, Key }));
  return (JSON.parse(await answer.Body!.transformToString()) as { release: { id: string } | null }).release?.id;
}

const dagFile = (description: string): string => `from datetime import datetime

from airflow.sdk import dag, task


@dag(dag_id="${dagId}", description="${description}", schedule=None, start_date=datetime(2024, 1, 1), catchup=False)
def changing():
    @task
    def nothing():
        return None

    nothing()


changing()
`;
