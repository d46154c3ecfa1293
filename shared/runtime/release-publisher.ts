// From the source bucket to a release or candidate: list, copy what is new by content, number it, move the pointer.
import { offerRelease } from "../domain/candidate.ts";
import { executionRoleOf } from "../domain/execution-role.ts";
import type { EnvironmentItem, ReleaseItem } from "../domain/items.ts";
import { bucketOfArn } from "../domain/names.ts";
import type { HistoryEntry } from "../domain/release-history.ts";
import type { SyncFacts } from "../domain/pool.ts";
import { contentOf, dagPrefix, type LeftOut, type Manifest, type ManifestFile, sortSource } from "../domain/release.ts";
import type { SourceObject } from "../domain/source-objects.ts";
import { eventSeconds, foundBeforeAnEvent, foundByLooking, onVersion } from "../domain/release-history.ts";
import { problemOf } from "../domain/sync-problem.ts";
import type { Clock } from "../ports/clock.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { Environments } from "../ports/environments.ts";
import type { SourceBuckets, SourceReader } from "../ports/source-buckets.ts";
import { publishControl } from "./control-publisher.ts";
import { sha256 } from "./digest.ts";
import { logger } from "./logger.ts";

export interface PublisherPorts {
  readonly environments: Environments;
  readonly sourceBuckets: SourceBuckets;
  readonly controlBucket: ControlBucket;
  readonly clock: Clock;
}

export interface PublishOptions {
  /** Who changed the bucket, as far as is known. */
  readonly by?: string;
  /** Wait until the bucket is quiet: people upload folders, not files. */
  readonly quiet?: Pick<SyncFacts, "quietSeconds" | "longestSeconds">;
}

const attempts = 4;
const parallelReads = 8;
/** Above it one is copied after the other, as it arrives: read twice, since its hash is its name, and never held. */
const largeBytes = 8 * 1024 ** 2;
/** Entries of layers above the last listing: looked past so many. */
const mostLayers = 8;
/** How much work a function that is cut off may lose. */
const copiedAtOnce = 250;
/** What was copied for a release that was not made (yet). */
const copiedKey = "copied.json";

/**
 * Makes a candidate (at first: a release) of what the source bucket holds now, unless it is what was seen last or another
 * candidate is being checked. Content is copied into the environment's own prefix first, so that a later deletion in the
 * user's bucket breaks nothing.
 * @returns the release item as it is afterwards; undefined when the environment was deleted meanwhile: then nothing is left
 * @throws Error when other releases kept coming first; the caller's queue or schedule repeats it
 */
export async function publishRelease(
  environment: EnvironmentItem,
  ports: PublisherPorts,
  options: PublishOptions = {},
): Promise<ReleaseItem | undefined> {
  const { name: environmentName, environmentId, names } = environment;
  for (let tries = 0; tries < attempts; tries++) {
    const current = await ports.environments.getRelease(environmentName, environmentId);
    if (current?.candidate) return current;
    const { files, leftOut, isOverdue } = await collectOrSayWhyNot(environment, current, ports, options);
    const by = options.by === foundByLooking && !isOverdue ? foundBeforeAnEvent : (options.by ?? "hangar");
    const context = { digest: sha256, now: ports.clock.now(), by };
    const offer = offerRelease({ environmentName, environmentId }, files, leftOut, current, context);
    if (offer.kind === "unchanged" || offer.kind === "busy") return current;
    if (offer.kind !== "noted")
      await ports.controlBucket.putManifest(
        names.prefix,
        (offer.item.candidate ?? offer.item.release).manifest,
        offer.manifest,
      );
    if (offer.kind === "first")
      await ports.controlBucket.putHistory(names.prefix, onVersion(offer.history, environment));
    const written = await moveRelease(environment, offer.item, current?.generation ?? 0, ports);
    if (written === "gone") return undefined;
    if (written === "lost") continue;
    logger.info(offer.kind === "candidate" ? "candidate" : "release", {
      environment: environmentName,
      release: (offer.item.candidate ?? offer.item.release).id,
      files: files.length,
    });
    return offer.item;
  }
  throw new Error(`The release pointer of ${environmentName} moved ${attempts} times while a release was made.`);
}

/**
 * The one conditional write that moves the pointer, and the control document that says so. What the item names must lie
 * in the control bucket before.
 * @returns `lost` when another release came first; `gone` when the environment was deleted meanwhile: then nothing is left
 */
export async function moveRelease(
  environment: EnvironmentItem,
  item: ReleaseItem,
  expectedGeneration: number,
  ports: Omit<PublisherPorts, "sourceBuckets">,
): Promise<"moved" | "lost" | "gone"> {
  if (!(await isGone(environment, ports))) {
    if (!(await ports.environments.putRelease(item, expectedGeneration))) return "lost";
    await publishControl(item, ports);
    // a delete that came between the two looks may have cleared up before it could see this release
    if (!(await isGone(environment, ports))) return "moved";
  }
  await forget(environment, ports);
  return "gone";
}

type Ports = Omit<PublisherPorts, "sourceBuckets">;

/** Deleted, or so far on the way that its storage may have been emptied already. */
async function isGone({ name, environmentId }: EnvironmentItem, ports: Ports): Promise<boolean> {
  const now = await ports.environments.get(name);
  return now?.environmentId !== environmentId || now.status === "DELETING";
}

/** Takes back what was written: id and prefix are never used again, and a delete empties the prefix all the same. */
async function forget({ name, environmentId, names }: EnvironmentItem, ports: Ports): Promise<void> {
  await ports.environments.removeRelease(name, environmentId);
  const empty = await ports.controlBucket.empty(names.prefix);
  logger.info("release dropped: its environment was deleted", { environment: name, environmentId, empty });
}

/** A bucket that cannot be read is said, once, until it can be: the error itself reaches nobody but the log. */
async function collectOrSayWhyNot(...input: Parameters<typeof collect>): ReturnType<typeof collect> {
  const [environment, , ports] = input;
  const { names, settings } = environment;
  const { controlBucket, clock } = ports;
  const known = await controlBucket.getSyncProblem(names.prefix);
  try {
    const collected = await collect(...input);
    if (known) await controlBucket.putSyncProblem(names.prefix, null);
    return { ...collected, isOverdue: collected.isOverdue && !known };
  } catch (error) {
    const sentence = problemOf(bucketOfArn(settings.sourceBucketArn), error);
    if (known?.sentence !== sentence)
      await controlBucket.putSyncProblem(names.prefix, { since: known?.since ?? clock.now(), sentence });
    // a delete may have emptied the prefix before this was written there
    if (await isGone(environment, ports)) await forget(environment, ports);
    throw error;
  }
}

async function collect(
  environment: EnvironmentItem,
  current: ReleaseItem | undefined,
  ports: PublisherPorts,
  { quiet }: PublishOptions,
): Promise<{
  readonly files: readonly ManifestFile[];
  readonly leftOut: readonly LeftOut[];
  /** Something new lies there for longer than its event takes. */
  readonly isOverdue: boolean;
}> {
  const bucket = bucketOfArn(environment.settings.sourceBucketArn);
  const source = dagPrefix(environment.settings.dagS3Path);
  const { prefix } = environment.names;
  const reader = ports.sourceBuckets.as(executionRoleOf(environment));
  const list = () => reader.list(bucket, source);
  const previous = current ? await knownManifests(current, prefix, ports.controlBucket) : [];
  const half = await ports.controlBucket.getManifest(prefix, copiedKey);
  const first = await list();
  // the last of many events of one upload finds it done: nothing to wait for
  const objects =
    quiet && !isSeen(first, source, previous, current) ? await untilQuiet(first, list, ports.clock, quiet) : first;
  const { known, fresh, leftOut } = sortSource(objects, source, half ? [...previous, half] : previous);
  const overdueAt = ports.clock.now() - eventSeconds * 1000;
  const isOverdue = fresh.some(({ modifiedAt = 0 }) => modifiedAt < overdueAt);
  const wrong = leftOut.filter(({ key }) => !key.endsWith("/"));
  for (const { key, reason } of wrong) logger.warn("object left out of the release", { key, reason });
  const files: ManifestFile[] = [...known];
  for (let from = 0; from < fresh.length; from += copiedAtOnce) {
    const batch = fresh.slice(from, from + copiedAtOnce);
    const small = batch.filter(({ size }) => size <= largeBytes);
    const large = batch.filter(({ size }) => size > largeBytes);
    const copyAll = async (queue: typeof batch) => {
      for (let object = queue.shift(); object; object = queue.shift())
        files.push(await copy(object, bucket, prefix, reader, ports));
    };
    await Promise.all([copyAll(large), ...Array.from({ length: parallelReads }, () => copyAll(small))]);
    // a function that is cut off here, its time over, goes on next time where it was
    if (from + copiedAtOnce < fresh.length) await ports.controlBucket.putManifest(prefix, copiedKey, copied(files));
  }
  return { files, leftOut: wrong, isOverdue };
}

const copied = (files: readonly ManifestFile[]): Manifest => ({ id: "copied", number: 0, createdAt: 0, files });

/** What runs, and what was seen last: after a refused candidate or a rollback they are not the same. */
async function knownManifests(current: ReleaseItem, prefix: string, controlBucket: ControlBucket): Promise<Manifest[]> {
  let last: HistoryEntry | undefined;
  const from = Math.max(current.release.number, current.lastNumber - mostLayers);
  for (let number = current.lastNumber; number > from && !last; number--) {
    const entry = await controlBucket.getHistory(prefix, number);
    if (entry?.kind !== "layer") last = entry;
  }
  const keys = [...new Set([current.release.manifest, ...(last ? [last.manifest] : [])])];
  const manifests = await Promise.all(keys.map((key) => controlBucket.getManifest(prefix, key)));
  return manifests.filter((manifest) => manifest !== undefined);
}

function isSeen(
  objects: readonly SourceObject[],
  source: string,
  previous: readonly Manifest[],
  current: ReleaseItem | undefined,
): boolean {
  const { known, fresh } = sortSource(objects, source, previous);
  return fresh.length === 0 && contentOf(known, sha256).hash === current?.seen;
}

/** Two listings alike, so much time apart; or the last one, when the bucket does not come to rest. */
async function untilQuiet(
  first: readonly SourceObject[],
  list: () => Promise<readonly SourceObject[]>,
  clock: Clock,
  quiet: NonNullable<PublishOptions["quiet"]>,
): Promise<readonly SourceObject[]> {
  let seen = first;
  for (let waited = 0; waited < quiet.longestSeconds; waited += quiet.quietSeconds) {
    await clock.wait(quiet.quietSeconds * 1000);
    const now = await list();
    if (versionsOf(now) === versionsOf(seen)) return now;
    seen = now;
  }
  return seen;
}

const versionsOf = (objects: readonly SourceObject[]): string =>
  objects.map(({ key, versionId }) => `${key} ${versionId}`).join("\n");

async function copy(
  object: SourceObject & { readonly path: string },
  bucket: string,
  prefix: string,
  reader: SourceReader,
  ports: PublisherPorts,
): Promise<ManifestFile> {
  const { key, versionId, size } = object;
  if (size > largeBytes) {
    const hash = await reader.digest(bucket, key, versionId);
    await ports.controlBucket.copyBlob(prefix, hash, { size, open: () => reader.stream(bucket, key, versionId) });
    return { path: object.path, versionId, size, sha256: hash };
  }
  const bytes = await reader.read(bucket, key, versionId);
  const hash = sha256(bytes);
  await ports.controlBucket.putBlob(prefix, hash, bytes);
  return { path: object.path, versionId, size: bytes.byteLength, sha256: hash };
}
