// The environment under measurement: its bucket, its control document, its REST API.
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { callApi } from "../../cli/api-client.ts";
import { airflowClient } from "../../cli/airflow-client.ts";
import { bucketName } from "../../cli/commands/env.ts";
import { webLogin } from "../../cli/environments.ts";
import type { BenchHome } from "../bench-home.ts";
import type { AirflowReader } from "./served.ts";

export interface Release {
  readonly id: string;
  readonly number: number;
  readonly manifest: string;
}

/** Of the API's list. */
export interface ReleaseView {
  readonly Number: number;
  readonly State: string;
  /** Went live without a check. */
  readonly Unchecked?: boolean;
}

export interface SyncEnvironment {
  readonly name: string;
  readonly id: string;
  readonly airflow: AirflowReader;
  /** @returns the version id */
  put(key: string, text: string): Promise<string>;
  /** What the control document tells agents to run. */
  release(): Promise<Release | null>;
  /** The paths of a release's files. */
  paths(release: Release): Promise<ReadonlySet<string>>;
  /** What was made of uploads since the release of that number, the newest first. */
  releasesSince(number: number): Promise<readonly ReleaseView[]>;
  /** Signs in anew: an update replaces the web server. */
  signIn(): Promise<AirflowReader>;
  remove(): Promise<void>;
}

/** Where uploads go from: so many requests at a time. */
export const parallelUploads = 16;
export const dagFolder = "dags";
const controlBucket = "hangar-control";

/** Creates one, and waits until it can be used. */
export async function openEnvironment(home: BenchHome, name: string): Promise<SyncEnvironment> {
  const environment = await home.create(name);
  const id = environment.Hangar!.EnvironmentId;
  const s3 = new S3Client({ ...home.sdk(), forcePathStyle: true });
  const Bucket = bucketName(name);
  const signIn = async () => airflowClient(await webLogin(home.target(), name));
  const read = async <Output>(key: string): Promise<Output> => {
    const Key = `environments/${id}/${key}`;
    const answer = await s3.send(new GetObjectCommand({ Bucket: controlBucket, Key }));
    return JSON.parse(await answer.Body!.transformToString()) as Output;
  };
  return {
    name,
    id,
    airflow: await signIn(),
    async put(key, text) {
      const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: key, Body: text }));
      if (!VersionId) throw new Error(`s3://${Bucket}/${key} got no version: the bucket is not versioned.`);
      return VersionId;
    },
    release: async () => (await read<{ release: Release | null }>("control.json")).release,
    async paths({ manifest }) {
      const { files } = await read<{ files: readonly { path: string }[] }>(manifest);
      return new Set(files.map(({ path }) => path));
    },
    async releasesSince(number) {
      const found: ReleaseView[] = [];
      for (let token: string | undefined = ""; token !== undefined; ) {
        const query = token ? `?NextToken=${encodeURIComponent(token)}` : "";
        const page: { Releases: readonly ReleaseView[]; NextToken?: string } = await callApi(
          home.target(),
          "GET",
          `/environments/${name}/releases${query}`,
        );
        const newer = page.Releases.filter((release) => release.Number > number);
        found.push(...newer);
        token = newer.length < page.Releases.length ? undefined : page.NextToken;
      }
      return found;
    },
    signIn,
    async remove() {
      s3.destroy();
      await home.remove(name);
    },
  };
}

/** Uploads below the DAG folder, sixteen at a time. @returns when the last was acknowledged, of `performance.now()` */
export async function uploadAll(
  environment: SyncEnvironment,
  files: readonly { readonly path: string; readonly text: string }[],
): Promise<number> {
  const queue = [...files];
  const upload = async () => {
    for (let file = queue.shift(); file; file = queue.shift())
      await environment.put(`${dagFolder}/${file.path}`, file.text);
  };
  await Promise.all(Array.from({ length: parallelUploads }, upload));
  return performance.now();
}
