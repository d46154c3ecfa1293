// The layer half of an update: which files it must look for, whether a layer is made of them, and how that is shown.
import type { EnvironmentItem, EnvironmentSettings } from "./items.ts";
import type { Layer, LayerPlan } from "./layer.ts";
import type { LayerHold } from "./layer-hold.ts";
import { fileWishes, type FoundFiles, madeOf, planLayer, planRebuild } from "./layer-wish.ts";
import { taskRoles } from "./names.ts";
import type { Pool } from "./pool.ts";
import { type UpdateEnvironmentRequest, uploadedFiles } from "./requests.ts";
import type { PlannedChange } from "./update-effects.ts";

/** What an update does about the layer. */
export interface LayerUpdate {
  readonly plan: LayerPlan;
  /** Beside the changes of members; empty where a member that differs says it already. */
  readonly shown: readonly PlannedChange[];
  /** A layer that is asked for ends what a rollback of layers holds back. */
  readonly hold: LayerHold | null | undefined;
}

/**
 * Makes a layer of what was found where the update names files or changes which there are; makes the one that runs again
 * where only the image differs; else keeps it.
 * @param after what the environment is to be, with the image it is to run
 * @param found what `filesToFind` asked for
 * @throws UploadedFileUnfit naming key and version
 */
export function layerOfUpdate(
  environment: EnvironmentItem,
  after: Pick<EnvironmentItem, "settings" | "image">,
  request: UpdateEnvironmentRequest,
  found: FoundFiles,
  pool: Pool,
): LayerUpdate {
  const { layer } = environment;
  const subject = { ...environment, settings: after.settings, image: after.image };
  const wishes = fileWishes(after.settings);
  const asked = namesFiles(request) && !madeOf(layer, wishes, found);
  if (asked || !sameFiles(environment, after.settings)) {
    const told = wishes.length === 0 || !sameMembers(environment, after.settings);
    return { plan: planLayer(subject, found, pool), shown: told ? [] : [newLayer(layer, found)], hold: null };
  }
  const kept = { shown: [], hold: environment.layerHold };
  return layer && after.image !== environment.image
    ? { plan: planRebuild(subject, layer, pool), ...kept }
    : { plan: { kind: "keep", layer }, ...kept };
}

/**
 * The files an update must look for in the bucket before it is planned: all the settings name, if the request says
 * anything about them or moves to another bucket. Naming a file again means its newest version.
 */
export function filesToFind(
  environment: EnvironmentItem,
  request: UpdateEnvironmentRequest,
  settings: EnvironmentSettings,
): ReturnType<typeof fileWishes> {
  return namesFiles(request) || !sameFiles(environment, settings) ? fileWishes(settings) : [];
}

/** @param before what is shown of it, a key or object versions */
export const layerChange = (before: unknown, after: unknown, reason: string): PlannedChange => ({
  member: "Layer",
  before,
  after,
  effect: "roll",
  roles: taskRoles,
  reason,
});

/** What is shown of a layer that is to be built: what it is called is known only then. */
export const versionsOf = (files: FoundFiles | Layer["files"]) =>
  Object.fromEntries(Object.entries(files).map(([part, file]) => [part, file?.versionId]));

function newLayer(before: Layer | null, found: FoundFiles): PlannedChange {
  return layerChange(
    before && versionsOf(before.files),
    versionsOf(found),
    "Packages are loaded when a component starts; whether the content differs is known only once it is read.",
  );
}

const fileMembers = uploadedFiles.flatMap(({ member }) => [`${member}S3Path`, `${member}S3ObjectVersion`] as const);
const namesFiles = (request: UpdateEnvironmentRequest): boolean =>
  fileMembers.some((member) => request[member] !== undefined);

const sameFiles = (environment: EnvironmentItem, after: EnvironmentSettings): boolean =>
  JSON.stringify(fileWishes(environment.settings)) === JSON.stringify(fileWishes(after));

/** As `sameFiles`, whichever bucket they are in: what differs here is among the changes already. */
const sameMembers = (environment: EnvironmentItem, after: EnvironmentSettings): boolean =>
  sameFiles(environment, { ...after, sourceBucketArn: environment.settings.sourceBucketArn });
