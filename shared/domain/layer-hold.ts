// After a layer was rolled back, what lies in the bucket unpinned is newer than what runs, and nobody wants it: it stays
// outside until another object version comes.
import type { FileWish, FoundFiles } from "./layer-wish.ts";
import type { LayerPart } from "./layer.ts";

/** What a rollback of the layer leaves on the record, with the layer itself. */
export interface LayerHold {
  /** The release whose layer it went back to. */
  readonly release: number;
  /** The versions found in the bucket when that was asked for; null: none. */
  readonly versions: Readonly<Partial<Record<LayerPart, string | null>>>;
}

/** @param found of these wishes, when the rollback is asked for */
export const holdOf = (release: number, wishes: readonly FileWish[], found: FoundFiles): LayerHold => ({
  release,
  versions: Object.fromEntries(wishes.map(({ part }) => [part, found[part]?.versionId ?? null])),
});

/** Whether what lies in the bucket is still what the rollback went back from. */
export const isHeld = (hold: LayerHold, wishes: readonly FileWish[], found: FoundFiles): boolean =>
  Object.keys(hold.versions).length === wishes.length &&
  wishes.every(({ part }) => hold.versions[part] === (found[part]?.versionId ?? null));

/** What the sync view says of it. */
export const holdReason = ({ release }: LayerHold): string =>
  `The layer was rolled back to that of release ${release}. What lies in the bucket stays outside until another version is uploaded, or an update names the file again.`;
