// May an environment go back to the layer an earlier release ran with, and with which settings? The plan of it is in
// plan-layer-update.ts.
import { HangarError } from "./errors.ts";
import type { RollbackReleaseRequest } from "./extension-requests.ts";
import { canUpdate } from "./gates.ts";
import type { EnvironmentItem, EnvironmentSettings, OperationItem } from "./items.ts";
import { changedParts, type RanLayer } from "./layer-history.ts";
import { partOf } from "./layer-wish.ts";
import type { HistoryEntry } from "./release-history.ts";
import { uploadedFiles } from "./requests.ts";
import { withoutAbsent } from "./without-absent.ts";

/**
 * How the layer of a release stands to the one that runs. `SAME`: equal files. `DIFFERENT`: it can be taken. `ROLLING`: an
 * update takes it just now. `UNKNOWN`: no entry says which it was.
 */
export const layerStandings = ["SAME", "DIFFERENT", "ROLLING", "UNKNOWN"] as const;
export type LayerStanding = (typeof layerStandings)[number];

/**
 * @param entry of the release that is asked about; undefined where there is none
 * @param operation the one in flight; undefined: none
 */
export function layerStanding(
  environment: Pick<EnvironmentItem, "layer">,
  entry: Pick<HistoryEntry, "layer"> | undefined,
  operation: Pick<OperationItem, "plan"> | undefined,
): LayerStanding {
  if (entry?.layer === undefined) return "UNKNOWN";
  if (operation && leadsTo(operation, entry.layer)) return "ROLLING";
  return changedParts(environment.layer, entry.layer).length === 0 ? "SAME" : "DIFFERENT";
}

/** Whether an update of the layer that is under way ends with these files. */
function leadsTo({ plan }: Pick<OperationItem, "plan">, layer: RanLayer | null): boolean {
  if (plan.type !== "update-environment" || !plan.after.layerHold) return false;
  const files = plan.layer.kind === "keep" ? plan.layer.layer?.files : plan.layer.build.files;
  const hashes = Object.entries(files ?? {}).map(([part, file]) => [part, file.sha256]);
  const wanted = Object.entries(layer?.files ?? {}).map(([part, file]) => [part, file.sha256]);
  return JSON.stringify(hashes.toSorted()) === JSON.stringify(wanted.toSorted());
}

/** What is said to whoever rolled back: whether the layer differs, and how to take it, too. */
export function standingMessage(standing: LayerStanding, name: string, number: number): string {
  switch (standing) {
    case "SAME":
      return "It ran with the plugins, requirements and startup script that run now.";
    case "ROLLING":
      return `An update rolls back to the layer of release ${number}: old workers finish their tasks.`;
    case "DIFFERENT":
      return `Release ${number} ran with other plugins, requirements or startup script, which stay as they are now. Take them, too, by a graceful roll: "Layers": true, or hangar release rollback ${name} ${number} --layers`;
    case "UNKNOWN":
      return `It is not on record which plugins, requirements and startup script release ${number} ran with: they stay as they are. Name their object versions in an update where they differ.`;
  }
}

/**
 * The layer of a release may be taken where it is on record which it was, and the environment takes an update.
 * @throws InvalidRequest, EnvironmentBusy, EnvironmentUnusable
 */
export function canTakeLayer(environment: EnvironmentItem, standing: LayerStanding, number: number): void {
  if (standing === "UNKNOWN")
    throw new HangarError(
      "InvalidRequest",
      `It is not on record which layer release ${number} ran with, so nothing was rolled back. Leave out Layers, and name the object versions of plugins, requirements and startup script in an update.`,
    );
  if (standing !== "ROLLING") canUpdate(environment);
}

/**
 * Asked where the files of the release are what runs: whether its layer alone may come back, or has. Otherwise there is
 * nothing to go back to.
 * @throws InvalidRequest where the layer was not asked for, and is all that differs
 */
export function mayBeLayerAlone(
  { Name, Number: number, Layers = false }: RollbackReleaseRequest,
  standing: LayerStanding,
  { layerHold }: Pick<EnvironmentItem, "layerHold">,
): boolean {
  if (Layers) return standing !== "SAME" || layerHold?.release === number;
  if (standing !== "DIFFERENT") return false;
  throw new HangarError(
    "InvalidRequest",
    `Release ${number} has the files that run already. ${standingMessage(standing, Name, number)}`,
  );
}

/** What a rollback answers about the layer. Extension of the MWAA API. */
export const layerAnswer = (
  standing: LayerStanding,
  { Name, Number: number }: RollbackReleaseRequest,
  operationId: string | undefined,
) =>
  withoutAbsent({
    Layer: { Standing: standing, Message: standingMessage(standing, Name, number) },
    OperationId: operationId,
  });

/**
 * The settings that name exactly the files of a layer. A file that is pinned is pinned to the layer's version; one that is
 * not stays so, and what lies in the bucket instead is held.
 */
export function settingsOfLayer(settings: EnvironmentSettings, layer: RanLayer | null): EnvironmentSettings {
  const rest: Record<string, unknown> = { ...settings };
  for (const { member, setting } of uploadedFiles) {
    const [path, version] = [`${setting}S3Path`, `${setting}S3ObjectVersion`] as const;
    const file = layer?.files[partOf[member]];
    const wasPinned = rest[version] !== undefined;
    delete rest[path];
    delete rest[version];
    if (!file) continue;
    rest[path] = file.objectKey;
    if (wasPinned) rest[version] = file.versionId;
  }
  return rest as unknown as EnvironmentSettings;
}
