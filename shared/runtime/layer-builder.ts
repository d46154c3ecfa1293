// Has layers built: copies the files by content, writes the recipe, starts the one-off task, reads what became of it. One
// build at a time in an environment; layers/build.json says which was started last, and for whom.
import {
  BuildRecord,
  buildRecordKey,
  builderFamily,
  builderToken,
  type Layer,
  type LayerBuild,
  type LayerFile,
  type LayerPart,
  type LayerResult,
  layerFolder,
  layerKey,
  parseLayerResult,
  recipeKey,
  recipeOf,
  resultKey,
  withLayer,
} from "../domain/layer.ts";
import { HangarError } from "../domain/errors.ts";
import type { ResourceNames } from "../domain/names.ts";
import type { TaskSpec } from "../domain/service-specs.ts";
import type { OneOff } from "../domain/verdict.ts";
import type { Clock } from "../ports/clock.ts";
import type { Containers } from "../ports/containers.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { SourceBuckets } from "../ports/source-buckets.ts";
import type { TaskOutput } from "../ports/task-output.ts";
import { sha256 } from "./digest.ts";

/** Whose layer it is. */
export interface LayerSubject {
  readonly environmentId: string;
  readonly names: Pick<ResourceNames, "prefix">;
}

/**
 * Brings the files into the environment's prefix and gives the layer its name. Each file is read through once for its
 * hash and, if it is new, once more to be passed on (docs/decisions/execution-role.md), so that its size does not matter
 * to this function's memory. Safe to repeat.
 */
export async function copyFiles(
  { names }: LayerSubject,
  build: LayerBuild,
  ports: { readonly sourceBuckets: SourceBuckets; readonly controlBucket: ControlBucket },
): Promise<Layer> {
  const files: Partial<Record<LayerPart, LayerFile>> = {};
  const reader = ports.sourceBuckets.as(build.role);
  for (const [part, { key, versionId, size, sha256: known }] of Object.entries(build.files)) {
    const hash = known ?? (await reader.digest(build.bucket, key, versionId));
    const source = { size, open: () => reader.stream(build.bucket, key, versionId) };
    if (known === null) await ports.controlBucket.copyBlob(names.prefix, hash, source);
    files[part as LayerPart] = { versionId, sha256: hash, size };
  }
  return { key: layerKey(build, files, sha256), files };
}

const attempts = 4;

type BuildPorts = { readonly controlBucket: ControlBucket; readonly containers: Containers; readonly clock: Clock };

/**
 * Has a layer built, unless it is ready, or its build runs already, whoever it was started for. A build for other files is
 * stopped: they have been superseded. A failure found before is not believed: packages come and go on the index.
 * @param owner the operation or offer that wants it; a repeat for the same owner starts nothing twice
 */
export async function startBuild(
  subject: LayerSubject,
  build: LayerBuild,
  layer: Layer,
  spec: TaskSpec,
  owner: string,
  ports: BuildPorts,
): Promise<void> {
  const { environmentId, names } = subject;
  const { controlBucket, containers, clock } = ports;
  const task = withLayer(spec, layer.key);
  for (let tries = 0; tries < attempts; tries++) {
    const last = await lastBuild(subject, ports);
    const result = await readResult(subject, layer.key, ports);
    if (result?.state === "ready") return;
    const isOurs = last?.record.key === layer.key && last.record.owner === owner;
    if (isOurs && result) return; // answered: it failed
    if (last) {
      const token = builderToken(environmentId, last.record.number);
      if (isOurs) return containers.runOnce(task, null, token); // once, however often it is said
      if ((await containers.describeOnce(task.family, token)).state === "running") {
        if (last.record.key === layer.key) return;
        await containers.stopOnce(task.family, token);
      }
    }
    const record = { number: (last?.record.number ?? 0) + 1, key: layer.key, owner, startedAt: clock.now() };
    if (result && !(await controlBucket.empty(`${names.prefix}${layerFolder(layer.key)}`)))
      throw new HangarError("DependencyUnavailable", "What an earlier build left is not removed yet. Try again.");
    await controlBucket.putLayerText(names.prefix, recipeKey(layer.key), JSON.stringify(recipeOf(build, layer)));
    const text = JSON.stringify(record);
    if (!(await controlBucket.putLayerText(names.prefix, buildRecordKey, text, last?.etag ?? null))) continue;
    await containers.forgetOnce(task.family); // definitions of builds that are over
    return containers.runOnce(task, null, builderToken(environmentId, record.number));
  }
  throw new HangarError("ConcurrentChange", `Builds of ${environmentId} kept being started. Try again.`);
}

/**
 * What became of the build of a layer: the task is looked at first, so that a result it wrote last is seen.
 * @param owner of a build that is not this one's, only what helps is seen: that it runs, or that the layer is ready
 */
export async function observeBuild(
  subject: LayerSubject,
  key: string,
  ports: Pick<BuildPorts, "controlBucket" | "containers">,
  owner?: string,
): Promise<{ readonly task: OneOff | null; readonly result: LayerResult | undefined }> {
  const last = await lastBuild(subject, ports);
  const family = builderFamily(subject.environmentId);
  const task =
    last?.record.key === key
      ? await ports.containers.describeOnce(family, builderToken(subject.environmentId, last.record.number))
      : null;
  const result = await readResult(subject, key, ports);
  if (owner === undefined || last?.record.owner === owner) return { task, result };
  return {
    task: task?.state === "running" ? task : null,
    result: result?.state === "ready" ? result : undefined,
  };
}

/** What the task of the last build wrote last, whoever it was started for; none where none was. */
export async function lastLinesOfBuild(
  subject: LayerSubject,
  ports: Pick<BuildPorts, "controlBucket"> & { readonly taskOutput: TaskOutput },
): Promise<readonly string[]> {
  const last = await lastBuild(subject, ports);
  if (!last) return [];
  const family = builderFamily(subject.environmentId);
  return ports.taskOutput.ofOneOff(family, builderToken(subject.environmentId, last.record.number));
}

/**
 * Stops the build that runs, if one does.
 * @param owner only if it was started for this one; undefined: whoever it is for
 */
export async function stopBuild(
  subject: LayerSubject,
  owner: string | undefined,
  ports: Pick<BuildPorts, "controlBucket" | "containers">,
): Promise<void> {
  const family = builderFamily(subject.environmentId);
  const last = await lastBuild(subject, ports);
  if (!last || (owner !== undefined && last.record.owner !== owner)) return;
  await ports.containers.stopOnce(family, builderToken(subject.environmentId, last.record.number));
  await ports.containers.forgetOnce(family);
}

async function lastBuild({ names }: LayerSubject, { controlBucket }: Pick<BuildPorts, "controlBucket">) {
  const found = await controlBucket.getLayerText(names.prefix, buildRecordKey);
  return found && { record: BuildRecord.parse(JSON.parse(found.text)), etag: found.etag };
}

async function readResult(
  { names }: LayerSubject,
  key: string,
  { controlBucket }: Pick<BuildPorts, "controlBucket">,
): Promise<LayerResult | undefined> {
  const found = await controlBucket.getLayerText(names.prefix, resultKey(key));
  return found && parseLayerResult(found.text, key);
}
