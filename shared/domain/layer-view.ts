// Layers that ran, as the API shows them beside releases: what they were made of, what was installed, what differs.
// Extension of the MWAA API.
import type { RanLayer } from "./layer-history.ts";
import { type LayerResult, layerParts } from "./layer.ts";

/** A layer with what its builder said of it; undefined: that is gone, or it was never built. */
export interface InstalledLayer {
  readonly layer: RanLayer;
  readonly result: Pick<LayerResult, "packages" | "plugins" | "archive"> | undefined;
}

/** Plugins, requirements and startup script as they ran. */
export function ranLayerView({ key, files }: RanLayer) {
  const shown = layerParts.flatMap((part) => {
    const file = files[part];
    return file ? [{ Part: part, Key: file.objectKey, VersionId: file.versionId, Size: file.size }] : [];
  });
  return { Key: key, Files: shown, SizeBytes: shown.reduce((sum, { Size }) => sum + Size, 0) };
}

/** The same with what was installed: packages as `name==version`, and its bytes. Null: nobody knows any more. */
export const installedView = ({ layer, result }: InstalledLayer) => ({
  ...ranLayerView(layer),
  ArchiveBytes: result?.archive?.size ?? null,
  Packages: result?.packages ?? null,
  Plugins: result?.plugins ?? null,
});

/**
 * What differs between two layers: files by content, packages by version, plugins by name.
 * @returns undefined where one of them is not on record. `Packages` and `Plugins` are null where one is not known any more
 */
export function layerDiff(before: InstalledLayer | null | undefined, after: InstalledLayer | null | undefined) {
  if (before === undefined || after === undefined) return undefined;
  const [was, is] = [before?.layer.files ?? {}, after?.layer.files ?? {}];
  const changed = layerParts.filter((part) => was[part]?.sha256 !== is[part]?.sha256);
  const known = (before === null || before.result) && (after === null || after.result);
  return {
    Before: before?.layer.key ?? null,
    After: after?.layer.key ?? null,
    Files: changed.map((part) => ({
      Part: part,
      Before: was[part]?.versionId ?? null,
      After: is[part]?.versionId ?? null,
    })),
    Packages: known ? packagesBetween(before?.result?.packages ?? [], after?.result?.packages ?? []) : null,
    Plugins: known ? namesBetween(before?.result?.plugins ?? [], after?.result?.plugins ?? []) : null,
  };
}

function packagesBetween(before: readonly string[], after: readonly string[]) {
  const [was, is] = [versions(before), versions(after)];
  const names = [...new Set([...was.keys(), ...is.keys()])].sort();
  return names
    .filter((name) => was.get(name) !== is.get(name))
    .map((name) => ({ Name: name, Before: was.get(name) ?? null, After: is.get(name) ?? null }));
}

/** @param packages each `name==version` */
const versions = (packages: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    packages.map((one) => {
      const [name = one, version = ""] = one.split("==");
      return [name, version];
    }),
  );

const namesBetween = (before: readonly string[], after: readonly string[]) => ({
  Added: after.filter((name) => !before.includes(name)),
  Removed: before.filter((name) => !after.includes(name)),
});
