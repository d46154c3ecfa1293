// An environment whose workers have one slot each, on a region told how often to measure: one task more, one worker more.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { type AirflowClient, airflowClient } from "../../cli/airflow-client.ts";
import { bucketName } from "../../cli/commands/env.ts";
import {
  createEnvironment,
  type Environment,
  environmentFailure,
  waitWhile,
  webLogin,
} from "../../cli/environments.ts";
import { type BenchHome, newEnvironment } from "../bench-home.ts";

/** Writes over the region's facts of scaling, or takes that back, and starts it again with them. */
export async function tellRegion(
  home: BenchHome,
  scaling: Readonly<Record<string, number>> | undefined,
): Promise<void> {
  await home.ok("down");
  const file = join(home.folder, "settings.json");
  const { scaling: _, ...settings } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...settings, ...(scaling ? { scaling } : {}) }));
  await home.ok("up");
}

export async function createOneSlotEnvironment(home: BenchHome, name: string): Promise<Environment> {
  await createEnvironment(home.target(), name, {
    ...(await newEnvironment(home.target(), name)),
    ...{ minWorkers: 1, maxWorkers: 3 },
    airflowConfigurationOptions: { "celery.worker_autoscale": "1,1" },
  });
  const environment = await waitWhile(home.target(), name, "CREATING");
  if (environment?.Status !== "AVAILABLE") throw environmentFailure(environment, name);
  return environment;
}

export async function uploadDag(home: BenchHome, environmentName: string, dagId: string, text: string): Promise<void> {
  const s3 = new S3Client({ ...home.sdk(), forcePathStyle: true });
  await s3.send(new PutObjectCommand({ Bucket: bucketName(environmentName), Key: `dags/${dagId}.py`, Body: text }));
  s3.destroy();
}

export const airflowOf = async (home: BenchHome, name: string): Promise<AirflowClient> =>
  airflowClient(await webLogin(home.target(), name));

/** A DAG of one task that works until a file is there, three minutes at most. */
export const holdDag = (dagId: string, folder: string): string => `from datetime import datetime

from airflow.sdk import dag, get_current_context, task


@dag(dag_id="${dagId}", schedule=None, start_date=datetime(2024, 1, 1), catchup=False, max_active_runs=100)
def hold():
    @task
    def until_told():
        import os
        import time

        go = os.path.join("${folder}", get_current_context()["dag_run"].conf["go"])
        for _ in range(1800):
            if os.path.exists(go):
                return
            time.sleep(0.1)

    until_told()


hold()
`;
