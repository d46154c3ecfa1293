// Which layers an environment ran, and since when: numbered entries of the release history. A layer is committed with the
// record, by whichever operation; what the release item says of it is brought level afterwards, safely and repeatedly.
import type { EnvironmentItem, ReleaseItem } from "./items.ts";
import { type Layer, type LayerFile, type LayerPart, layerParts } from "./layer.ts";
import { fileWishes } from "./layer-wish.ts";
import { changesBetween, type HistoryEntry } from "./release-history.ts";

/** A layer with where its files lay: enough to name them again after the settings have changed. */
export interface RanLayer {
  readonly key: string;
  readonly files: Readonly<Partial<Record<LayerPart, LayerFile & { readonly objectKey: string }>>>;
}

/** What the release item knows of the layer; null members: it came with no number of its own, or there is none. */
export interface NotedLayer {
  /** The entry it came with. */
  readonly number: number | null;
  readonly id: string | null;
  readonly layer: RanLayer | null;
  /** Keys of the layers that ran last, the newest first: they stay built, for the way back. */
  readonly recent: readonly string[];
}

const mostRecent = 10;

/** The layer of an environment as its history keeps it. */
export function ranLayer({ layer, settings }: Pick<EnvironmentItem, "layer" | "settings">): RanLayer | null {
  if (!layer) return null;
  const keys = new Map(fileWishes(settings).map(({ part, key }) => [part, key]));
  const files = layerParts.flatMap((part) => {
    const file = layer.files[part];
    return file ? [[part, { ...file, objectKey: keys.get(part) ?? part }] as const] : [];
  });
  return { key: layer.key, files: Object.fromEntries(files) };
}

/** Parts whose content differs between two layers. The image they were built for does not count. */
export const changedParts = (before: Pick<Layer, "files"> | null, after: Pick<Layer, "files"> | null) =>
  layerParts.filter((part) => before?.files[part]?.sha256 !== after?.files[part]?.sha256);

export type LayerNote =
  | { readonly kind: "level" }
  | {
      readonly kind: "write";
      readonly item: ReleaseItem;
      /** To be written first; undefined: no entry says anything about it. */
      readonly entry: HistoryEntry | undefined;
    };

/**
 * Brings the release item level with the record. What runs when nothing was noted before (a new environment, or one from
 * before there were layers in the history) is written into the entry of the release that runs; every other layer after
 * that gets a number and an entry of its own.
 * @param item read before the record was: a layer noted in between makes the write lose
 * @param live the entry of the release that runs; undefined where there is none
 * @param digest hex sha256 of a text
 */
export function noteLayer(
  item: ReleaseItem,
  environment: Pick<EnvironmentItem, "layer" | "settings" | "layerHold">,
  live: HistoryEntry | undefined,
  { now, by, digest }: { readonly now: number; readonly by: string; readonly digest: (text: string) => string },
): LayerNote {
  const layer = ranLayer(environment);
  const before = item.layer;
  if (before && before.layer?.key === layer?.key) return { kind: "level" };
  const next = { ...item, generation: item.generation + 1 };
  const recent = recentKeys(layer?.key, before?.recent ?? []);
  if (!before) {
    const entry = live?.id === item.release.id && live.layer === undefined ? { ...live, layer } : undefined;
    return { kind: "write", item: { ...next, layer: { number: null, id: null, layer, recent } }, entry };
  }
  const number = item.lastNumber + 1;
  const id = `l${number}-${digest(layer?.key ?? "").slice(0, 8)}`;
  const changed = changedParts(before.layer, layer);
  const rollbackOf = changed.length > 0 ? (environment.layerHold?.release ?? null) : null;
  const entry: HistoryEntry = {
    kind: "layer",
    number,
    id,
    manifest: item.release.manifest,
    base: before.id,
    outcome: "served",
    createdAt: now,
    settledAt: now,
    by,
    reason: reasonOf(layer, changed, rollbackOf),
    changes: changesBetween([], []),
    held: [],
    errors: [],
    leftOut: [],
    rollbackOf,
    unchecked: false,
    check: null,
    layer,
  };
  return { kind: "write", item: { ...next, lastNumber: number, layer: { number, id, layer, recent } }, entry };
}

function reasonOf(layer: RanLayer | null, changed: readonly LayerPart[], rollbackOf: number | null): string {
  if (rollbackOf !== null) return `Rolled back to the layer of release ${rollbackOf}: ${changed.join(", ")} changed.`;
  if (changed.length === 0) return "The same files were installed anew, for another image.";
  if (!layer) return "Tasks run without plugins, requirements and startup script.";
  return `Another layer came to run: ${changed.join(", ")} changed.`;
}

const recentKeys = (key: string | undefined, before: readonly string[]): readonly string[] =>
  key === undefined ? before : [key, ...before.filter((other) => other !== key)].slice(0, mostRecent);
