// An environment's releases by their numbers, as the extension's paths name them.
import { HangarError } from "../domain/errors.ts";
import type { RanLayer } from "../domain/layer-history.ts";
import { happened } from "../domain/release-chain.ts";
import type { EnvironmentItem, ReleaseItem } from "../domain/items.ts";
import type { Manifest } from "../domain/release.ts";
import { changesBetween, type HistoryEntry } from "../domain/release-history.ts";
import { candidateView, entryView, isHistory, unrecordedView } from "../domain/release-view.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { Environments } from "../ports/environments.ts";
import { findEnvironment } from "./environment-lookup.ts";

export interface ReleasePorts {
  readonly environments: Environments;
  readonly controlBucket: ControlBucket;
}

export interface EnvironmentReleases {
  readonly environment: EnvironmentItem;
  /** Undefined before the first release. */
  readonly item: ReleaseItem | undefined;
}

/** @throws EnvironmentNotFound */
export async function findReleases(name: string, ports: ReleasePorts): Promise<EnvironmentReleases> {
  const environment = await findEnvironment(name, ports);
  return { environment, item: await ports.environments.getRelease(name, environment.environmentId) };
}

export interface FoundRelease {
  readonly number: number;
  readonly view: Readonly<Record<string, unknown>>;
  /** Its manifest's key below the prefix. */
  readonly manifest: string;
  /** Undefined of a candidate, and of what runs without an entry. */
  readonly entry: HistoryEntry | undefined;
  /** What runs or ran beside it; null: nothing was installed; undefined: not on record. */
  readonly layer: RanLayer | null | undefined;
}

/** One release, settled or being checked. @throws ReleaseNotFound */
export async function findRelease(
  { environment, item }: EnvironmentReleases,
  number: number,
  { controlBucket }: ReleasePorts,
): Promise<FoundRelease> {
  const { name, names } = environment;
  const layer = item?.layer?.layer;
  if (item?.candidate?.number === number) {
    const changes = await candidateChanges(item, names.prefix, controlBucket);
    return {
      number,
      view: candidateView(item.candidate, changes),
      manifest: item.candidate.manifest,
      entry: undefined,
      layer,
    };
  }
  const entry = await controlBucket.getHistory(names.prefix, number);
  const read = (other: number) => controlBucket.getHistory(names.prefix, other);
  if (item && entry && isHistory(entry, item) && (await happened(entry, item, read)))
    return { number, view: entryView(entry, item), manifest: entry.manifest, entry, layer: entry.layer };
  if (item?.release.number === number)
    return { number, view: unrecordedView(item.release), manifest: item.release.manifest, entry: undefined, layer };
  throw new HangarError(
    "ReleaseNotFound",
    `Environment ${name} has no release ${number}. List them: GET /environments/${name}/releases`,
  );
}

/** What a candidate changes; undefined where there is none, or it has been settled meanwhile. */
export async function candidateChanges(
  { candidate, release }: ReleaseItem,
  prefix: string,
  controlBucket: ControlBucket,
): Promise<HistoryEntry["changes"] | undefined> {
  if (!candidate) return undefined;
  const [made, base] = await Promise.all([
    controlBucket.getManifest(prefix, candidate.manifest),
    controlBucket.getManifest(prefix, release.manifest),
  ]);
  return made && base && changesBetween(base.files, made.files);
}

/**
 * The files of a release.
 * @param key its manifest's, below the environment's prefix
 * @throws ReleaseNotFound while a delete empties the prefix; nobody else deletes manifests
 */
export async function needManifest(
  { name, status, names }: EnvironmentItem,
  key: string,
  controlBucket: ControlBucket,
): Promise<Manifest> {
  const manifest = await controlBucket.getManifest(names.prefix, key);
  if (manifest) return manifest;
  if (status === "DELETING")
    throw new HangarError("ReleaseNotFound", `Environment ${name} is being deleted, and its releases with it.`);
  throw new Error(`The manifest ${names.prefix}${key} is gone.`);
}
