// Which object versions an environment's layer is to be made of, from its settings and what lies in the bucket; and what a
// plan makes of it.
import { HangarError } from "./errors.ts";
import { executionRoleOf } from "./execution-role.ts";
import type { EnvironmentSettings } from "./items.ts";
import { builderTask, type Layer, type LayerPart, type LayerPlan, type PlannedFile } from "./layer.ts";
import { loggingVariable } from "./log-groups.ts";
import { bucketOfArn, type ResourceNames } from "./names.ts";
import type { Pool } from "./pool.ts";
import { type CreateEnvironmentRequest, uploadedFiles } from "./requests.ts";
import type { SourceObject } from "./source-objects.ts";
import { withoutAbsent } from "./without-absent.ts";

/** Which part of a layer a member names. */
export const partOf = { Plugins: "plugins", Requirements: "requirements", StartupScript: "startup" } as const;

/** MWAA user guide: plugins.zip at most 1 GB; the others are text. */
const mostBytes: Readonly<Record<LayerPart, number>> = {
  requirements: 1024 ** 2,
  plugins: 1024 ** 3,
  startup: 1024 ** 2,
};

/** One of the three files as the settings name it. */
export interface FileWish {
  readonly part: LayerPart;
  /** e.g. `RequirementsS3Path` */
  readonly member: string;
  readonly bucket: string;
  readonly key: string;
  /** Null: the newest there is. */
  readonly versionId: string | null;
}

/** What was found of them; null: no such object or version. */
export type FoundFiles = Readonly<Partial<Record<LayerPart, SourceObject | null>>>;

type Files = Pick<
  EnvironmentSettings,
  "sourceBucketArn" | `${(typeof uploadedFiles)[number]["setting"]}S3${"Path" | "ObjectVersion"}`
>;

/** The files the settings name; none: no layer is wanted. */
export function fileWishes(settings: Files): readonly FileWish[] {
  const bucket = bucketOfArn(settings.sourceBucketArn);
  return uploadedFiles.flatMap(({ member, setting }) => {
    const key = settings[`${setting}S3Path`];
    if (key === undefined) return [];
    const versionId = settings[`${setting}S3ObjectVersion`] ?? null;
    return [{ part: partOf[member], member: `${member}S3Path`, bucket, key, versionId }];
  });
}

/** The files of a create, before it has settings. */
export const requestedFiles = (request: CreateEnvironmentRequest): readonly FileWish[] =>
  fileWishes({
    sourceBucketArn: request.SourceBucketArn,
    ...withoutAbsent({
      pluginsS3Path: request.PluginsS3Path,
      pluginsS3ObjectVersion: request.PluginsS3ObjectVersion,
      requirementsS3Path: request.RequirementsS3Path,
      requirementsS3ObjectVersion: request.RequirementsS3ObjectVersion,
      startupScriptS3Path: request.StartupScriptS3Path,
      startupScriptS3ObjectVersion: request.StartupScriptS3ObjectVersion,
    }),
  } as Files);

/** Why these files cannot become a layer, in words; undefined when nothing is in the way. The first fault wins. */
export function unfitFile(wishes: readonly FileWish[], found: FoundFiles): string | undefined {
  for (const { part, member, bucket, key, versionId } of wishes) {
    const object = found[part];
    const named = `s3://${bucket}/${key}${versionId === null ? "" : ` version ${versionId}`}`;
    if (!object)
      return `${named} does not exist or cannot be read. Upload it, or correct ${member}${versionId === null ? "" : ` or its object version (aws s3api list-object-versions --bucket ${bucket} --prefix ${key})`}.`;
    if (object.size > mostBytes[part])
      return `${named} has ${object.size} bytes; ${member} allows at most ${mostBytes[part]}. Make the file smaller.`;
  }
  return undefined;
}

/** Whether a layer was made of exactly these object versions. */
export function madeOf(layer: Layer | null, wishes: readonly FileWish[], found: FoundFiles): boolean {
  const files = layer?.files ?? {};
  return (
    Object.keys(files).length === wishes.length &&
    wishes.every(({ part }) => found[part] && files[part]?.versionId === found[part].versionId)
  );
}

interface Subject {
  readonly arn: string;
  readonly name: string;
  readonly environmentId: string;
  readonly names: ResourceNames;
  readonly settings: EnvironmentSettings;
  readonly image: string;
}

type PoolPart = Pick<Pool, "controlBucket" | "machineMemory" | "partition" | "region" | "accountId">;

/**
 * A layer of what was found, or none where the settings name no file.
 * @throws UploadedFileUnfit naming key and version
 */
export function planLayer(subject: Subject, found: FoundFiles, pool: PoolPart): LayerPlan {
  const wishes = fileWishes(subject.settings);
  if (wishes.length === 0) return { kind: "keep", layer: null };
  const unfit = unfitFile(wishes, found);
  if (unfit) throw new HangarError("UploadedFileUnfit", unfit);
  const files = wishes.map(({ part }): [LayerPart, PlannedFile] => [part, { ...found[part]!, sha256: null }]);
  return built(subject, files, pool);
}

/** The same files for another image: their bytes lie in the control bucket already, whatever became of the originals. */
export function planRebuild(subject: Subject, layer: Layer, pool: PoolPart): LayerPlan {
  const keys = new Map(fileWishes(subject.settings).map(({ part, key }) => [part, key]));
  const files = Object.entries(layer.files).map(([name, file]): [LayerPart, PlannedFile] => {
    const part = name as LayerPart;
    return [part, { key: keys.get(part) ?? part, ...file }];
  });
  return built(subject, files, pool);
}

function built(subject: Subject, files: readonly (readonly [LayerPart, PlannedFile])[], pool: PoolPart): LayerPlan {
  const build = {
    bucket: bucketOfArn(subject.settings.sourceBucketArn),
    role: executionRoleOf(subject),
    image: subject.image,
    airflowVersion: subject.settings.airflowVersion,
    files: Object.fromEntries(files),
  };
  const task = builderTask(subject, build, pool);
  const told = loggingVariable(subject.name, subject.settings.logging, "builder", pool);
  return { kind: "build", build, task: { ...task, environment: { ...task.environment, ...told } } };
}
