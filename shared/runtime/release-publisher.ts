// From the source bucket to a release: list, copy what is new by content, number it, move the pointer.
import type { EnvironmentItem, ReleaseItem } from "../domain/items.ts";
import { bucketOfArn } from "../domain/names.ts";
import { dagPrefix, type Manifest, type ManifestFile, nextRelease, sortSource } from "../domain/release.ts";
import type { SourceObject } from "../domain/source-objects.ts";
import type { Clock } from "../ports/clock.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { Environments } from "../ports/environments.ts";
import type { SourceBuckets } from "../ports/source-buckets.ts";
import { publishControl } from "./control-publisher.ts";
import { sha256 } from "./digest.ts";
import { logger } from "./logger.ts";

export interface PublisherPorts {
  readonly environments: Environments;
  readonly sourceBuckets: SourceBuckets;
  readonly controlBucket: ControlBucket;
  readonly clock: Clock;
}

const attempts = 4;
const parallelReads = 8;

/**
 * Makes a release of what the source bucket holds now, unless it is what runs already. Content is copied into the
 * environment's own prefix first, so that a later deletion in the user's bucket breaks nothing.
 * @returns the release that runs afterwards; undefined when the environment was deleted meanwhile: then nothing is left
 * @throws Error when other releases kept coming first; the caller's queue or schedule repeats it
 */
export async function publishRelease(
  environment: EnvironmentItem,
  ports: PublisherPorts,
): Promise<ReleaseItem | undefined> {
  for (let tries = 0; tries < attempts; tries++) {
    const current = await ports.environments.getRelease(environment.name, environment.environmentId);
    const files = await collect(environment, current, ports);
    const next = nextRelease(files, current, sha256, ports.clock.now());
    if (!next && current) return current;
    if (!next) throw new Error("A first release is never unchanged.");
    const { prefix } = environment.names;
    await ports.controlBucket.putManifest(prefix, next.pointer.manifest, next.manifest);
    if (await isGone(environment, ports)) return forget(environment, ports);
    const expected = current?.generation ?? 0;
    const release: ReleaseItem = {
      environmentName: environment.name,
      environmentId: environment.environmentId,
      generation: expected + 1,
      release: next.pointer,
    };
    if (await ports.environments.putRelease(release, expected)) {
      logger.info("release", { environment: environment.name, release: next.pointer.id, files: files.length });
      await publishControl(release, ports);
      // a delete that came between the two looks may have cleared up before it could see this release
      return (await isGone(environment, ports)) ? forget(environment, ports) : release;
    }
  }
  throw new Error(`The release pointer of ${environment.name} moved ${attempts} times while a release was made.`);
}

/** Deleted, or so far on the way that its storage may have been emptied already. */
async function isGone({ name, environmentId }: EnvironmentItem, ports: PublisherPorts): Promise<boolean> {
  const now = await ports.environments.get(name);
  return now?.environmentId !== environmentId || now.status === "DELETING";
}

/** Takes back what was written: id and prefix are never used again, and a delete empties the prefix all the same. */
async function forget({ name, environmentId, names }: EnvironmentItem, ports: PublisherPorts): Promise<undefined> {
  await ports.environments.removeRelease(name, environmentId);
  const empty = await ports.controlBucket.empty(names.prefix);
  logger.info("release dropped: its environment was deleted", { environment: name, environmentId, empty });
}

async function collect(
  environment: EnvironmentItem,
  current: ReleaseItem | undefined,
  ports: PublisherPorts,
): Promise<ManifestFile[]> {
  const bucket = bucketOfArn(environment.settings.sourceBucketArn);
  const source = dagPrefix(environment.settings.dagS3Path);
  const { prefix } = environment.names;
  const previous: Manifest | undefined =
    current && (await ports.controlBucket.getManifest(prefix, current.release.manifest));
  const { known, fresh, refused } = sortSource(await ports.sourceBuckets.list(bucket, source), source, previous);
  for (const object of refused) if (!object.key.endsWith("/")) logger.warn("object left out of the release", object);
  const files: ManifestFile[] = [...known];
  const queue = [...fresh];
  const reader = async () => {
    for (let object = queue.shift(); object; object = queue.shift())
      files.push(await copy(object, bucket, prefix, ports));
  };
  await Promise.all(Array.from({ length: parallelReads }, reader));
  return files;
}

async function copy(
  object: SourceObject & { readonly path: string },
  bucket: string,
  prefix: string,
  ports: PublisherPorts,
): Promise<ManifestFile> {
  const bytes = await ports.sourceBuckets.read(bucket, object.key, object.versionId);
  const hash = sha256(bytes);
  await ports.controlBucket.putBlob(prefix, hash, bytes);
  return { path: object.path, versionId: object.versionId, size: bytes.byteLength, sha256: hash };
}
