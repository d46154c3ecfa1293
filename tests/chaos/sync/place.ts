// One region, one environment and its bucket, and what is asked of them on a bad day.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DeleteObjectsCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { type AirflowClient, airflowClient } from "../../../cli/airflow-client.ts";
import { callApi } from "../../../cli/api-client.ts";
import { webLogin } from "../../../cli/environments.ts";
import { targetOf } from "../../../cli/region-process.ts";
import { getSync, type Sync } from "../../../cli/releases.ts";
import { runSucceeds, trigger } from "../../stories/support/airflow.ts";
import { freshHome, type Home, until } from "../../stories/support/hangar.ts";
import { type ReleaseWatch, type Wanted, watchReleases } from "./watch-releases.ts";

export const environmentName = "bad-days";
export const bucket = `hangar-${environmentName}`;
const lookMilliseconds = 100;

export interface SyncPlace {
  readonly home: Home;
  readonly environmentId: string;
  readonly watch: ReleaseWatch;
  /** A client of the operator's; after a restart of the region it still fits. */
  readonly s3: S3Client;
  sync(): Promise<Sync>;
  /** Puts a file below the DAG folder. @returns its version id */
  put(path: string, body: string | Uint8Array): Promise<string>;
  remove(paths: readonly string[]): Promise<void>;
  /** Waits until a DAG's description is this in Airflow. @returns seconds it took */
  described(dagId: string, description: string, seconds: number): Promise<number>;
  /** Runs the steady DAG to its success: Airflow runs what it had. @returns seconds it took */
  airflowRuns(): Promise<number>;
  /** What is wrong with any release that was visible on any task's disk so far. */
  wrongReleases(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Starts a region in a fresh folder and creates the environment, with the steady DAG in it. */
export async function openPlace(note: (line: string) => void): Promise<SyncPlace> {
  const home = freshHome();
  let timer: NodeJS.Timeout | undefined;
  try {
    note(`state folder ${home.folder}`);
    await home.ok("up");
    await home.ok("env", "create", environmentName);
    const target = () => targetOf(home.folder);
    const call = <Output>(method: string, path: string) => callApi<Output>(target(), method, path);
    const { Environment } = await call<{ Environment: { Hangar: { EnvironmentId: string } } }>(
      "GET",
      `/environments/${environmentName}`,
    );
    const environmentId = Environment.Hangar.EnvironmentId;
    const { url, region, key } = target();
    const s3 = new S3Client({ endpoint: url, region, credentials: key, forcePathStyle: true, maxAttempts: 3 });
    const watch = watchReleases(() => releaseRoots(home.folder));
    timer = setInterval(() => watch.look(), lookMilliseconds);
    let session: AirflowClient | undefined;
    /** Signs in anew when the session's web server is another one by now. */
    const airflow = async () => (session ??= await airflowClient(await webLogin(target(), environmentName)));
    const asking = async <Output>(path: string): Promise<Output | undefined> => {
      try {
        return await (await airflow()).get<Output>(path);
      } catch (error) {
        session = undefined;
        throw error;
      }
    };
    const manifests = new Map<string, Wanted | undefined>();
    const place: SyncPlace = {
      home,
      environmentId,
      watch,
      s3,
      sync: () => getSync(target(), environmentName),
      async put(path, body) {
        const put = new PutObjectCommand({ Bucket: bucket, Key: `dags/${path}`, Body: body });
        return (await s3.send(put)).VersionId ?? "";
      },
      async remove(paths) {
        for (let from = 0; from < paths.length; from += 1000) {
          const Objects = paths.slice(from, from + 1000).map((path) => ({ Key: `dags/${path}` }));
          await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }));
        }
      },
      async described(dagId, description, seconds) {
        const began = performance.now();
        await until(`${dagId} described as ${description}`, seconds, async () => {
          const dag = await asking<{ description: string }>(`/dags/${dagId}`);
          if (dag?.description !== description) throw new Error(`it says ${dag?.description ?? "nothing"}`);
          return true;
        });
        return (performance.now() - began) / 1000;
      },
      async airflowRuns() {
        const began = performance.now();
        const client = await until("a session of Airflow", 60, airflow);
        const runId = await until("a run begun", 60, () => trigger(client, "steady"));
        await runSucceeds(client, "steady", runId, 120);
        return (performance.now() - began) / 1000;
      },
      async wrongReleases() {
        watch.look();
        return watch.compare(async (id) => {
          if (!manifests.has(id)) manifests.set(id, await manifestOf(s3, environmentId, id));
          return manifests.get(id);
        });
      },
      async close() {
        clearInterval(timer);
        s3.destroy();
        await home.discard();
      },
    };
    await place.put("steady.py", dagText("steady", "steady"));
    await place.described("steady", "steady", 120);
    return place;
  } catch (error) {
    clearInterval(timer);
    await home.discard();
    throw error;
  }
}

/** Everything uploaded has been settled, and every task runs it. */
export const settled = (place: SyncPlace, seconds: number, also: (sync: Sync) => boolean = () => true): Promise<Sync> =>
  until("what is in the bucket runs on every task", seconds, async () => {
    const now = await place.sync();
    const isSettled = now.Candidate === null && now.Tasks.every((task) => task.Release?.Id === now.Release?.Id);
    if (isSettled && also(now)) return now;
    const { Release, Candidate, Tasks, Problems } = now;
    throw new Error(JSON.stringify({ Release, Candidate, Tasks, Problems }));
  });

/** The release stores of the tasks that have one. */
function releaseRoots(home: string): readonly string[] {
  const tasks = join(home, "engines/ecs/tasks");
  try {
    return readdirSync(tasks).map((task) => join(tasks, task, "home/dags"));
  } catch {
    return [];
  }
}

async function manifestOf(s3: S3Client, environmentId: string, id: string): Promise<Wanted | undefined> {
  const Key = `environments/${environmentId}/releases/${id}.json`;
  try {
    const answer = await s3.send(new GetObjectCommand({ Bucket: "hangar-control", Key }));
    const { files } = JSON.parse(await answer.Body!.transformToString()) as {
      files: readonly { path: string; size: number; sha256: string }[];
    };
    return new Map(files.map(({ path, size, sha256 }) => [path, { size, sha256 }]));
  } catch (error) {
    if (error instanceof Error && error.name === "NoSuchKey") return undefined;
    throw error;
  }
}

/** A DAG of one task. */
export const dagText = (dagId: string, description: string): string => `from datetime import datetime

from airflow.sdk import dag, task


@dag(dag_id="${dagId}", description="${description}", schedule=None, start_date=datetime(2024, 1, 1), catchup=False)
def work():
    @task(retries=0)
    def one():
        return "${description}"

    one()


work()
`;
