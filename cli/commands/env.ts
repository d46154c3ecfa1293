// hangar env: create, list, get, delete.
import { createHash } from "node:crypto";
import { ensureBucket, removeEmptyBucket } from "../buckets.ts";
import {
  type CreateOptions,
  createEnvironment,
  deleteEnvironment,
  environmentFailure,
  findEnvironment,
  listEnvironments,
  needEnvironment,
  noteSupport,
  waitWhile,
} from "../environments.ts";
import { getConfiguration, noteWarnings } from "../configuration.ts";
import { note, result, startStep, table } from "../print.ts";
import { targetOf } from "../region-process.ts";
import { noteFinalSnapshot } from "../snapshots.ts";

type CreateFlags = Omit<CreateOptions, "bucket"> & { readonly bucket?: string; readonly wait: boolean };

/** Prints the ARN; waits until the environment can be used, unless told not to. */
export async function create(home: string, name: string, options: CreateFlags): Promise<void> {
  const target = targetOf(home);
  const bucket = options.bucket ?? bucketName(name);
  const made = !options.bucket && (await ensureBucket(target, bucket));
  const arn = await createEnvironment(target, name, { ...options, bucket }).catch(async (error: unknown) => {
    if (made) await removeEmptyBucket(target, bucket); // a refused create leaves nothing behind
    throw error;
  });
  if (options.airflowConfigurationOptions) noteWarnings((await getConfiguration(target, name)).Warnings);
  if (!options.wait) {
    result(arn);
    note(`  it is being created; look with: npx hangar env get ${name}`);
    return;
  }
  const step = startStep(`create ${name}`);
  const environment = await waitWhile(target, name, "CREATING");
  if (environment?.Status !== "AVAILABLE") {
    step.failed();
    throw environmentFailure(environment, name);
  }
  step.done(`http://${environment.WebserverUrl}`);
  result(arn);
  note(`  upload DAGs: npx hangar exec -- aws s3 cp my_dag.py s3://${bucket}/${options.dagS3Path}/`);
  note(`  web interface: npx hangar open ${name}`);
}

/**
 * The bucket `env create` makes: named after the environment, in the form bucket names have. Where that form loses
 * something of the name (capitals, underscores, length), a hash of it tells two environments apart.
 */
export function bucketName(environmentName: string): string {
  const form = `hangar-${environmentName.toLowerCase().replaceAll("_", "-")}`;
  if (form === `hangar-${environmentName}` && form.length <= 63 && !form.endsWith("-")) return form;
  const hash = createHash("sha256").update(environmentName).digest("hex").slice(0, 8);
  return `${form.slice(0, 54).replace(/-+$/, "")}-${hash}`;
}

export async function list(home: string, options: { json?: boolean }): Promise<void> {
  const target = targetOf(home);
  const found = await Promise.all((await listEnvironments(target)).map((name) => findEnvironment(target, name)));
  const environments = found.filter((environment) => environment !== undefined);
  if (options.json) result(JSON.stringify(environments, null, 2));
  else
    result(
      table(
        ["name", "status", "airflow", "class", "address"],
        environments.map((one) => [
          one.Name,
          one.Status,
          one.AirflowVersion,
          one.EnvironmentClass,
          `http://${one.WebserverUrl}`,
        ]),
      ),
    );
  if (!options.json) for (const { Hangar } of environments) noteSupport(Hangar?.Support);
}

export async function get(home: string, name: string): Promise<void> {
  const environment = await needEnvironment(targetOf(home), name);
  result(JSON.stringify(environment, null, 2));
  noteSupport(environment.Hangar?.Support);
}

export async function remove(home: string, name: string, options: { wait: boolean; snapshot: boolean }): Promise<void> {
  const target = targetOf(home);
  const environment = await needEnvironment(target, name);
  await deleteEnvironment(target, name, options.snapshot);
  if (!options.wait) return;
  const step = startStep(`delete ${name}`);
  const left = await waitWhile(target, name, "DELETING");
  if (left) {
    step.failed();
    throw environmentFailure(left, name);
  }
  step.done(`bucket ${environment.SourceBucketArn.split(":").pop()} stays`);
  if (options.snapshot) await noteFinalSnapshot(target, environment.Hangar?.EnvironmentId ?? name);
}
