// What was installed in the layer of a release, as its builder told.
import type { EnvironmentItem } from "../domain/items.ts";
import { parseLayerResult, resultKey } from "../domain/layer.ts";
import type { InstalledLayer } from "../domain/layer-view.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { FoundRelease } from "./release-lookup.ts";

/** @returns null: nothing was installed; undefined: which layer it was is not on record */
export async function readInstalled(
  { names }: Pick<EnvironmentItem, "names">,
  { layer }: Pick<FoundRelease, "layer">,
  { controlBucket }: { readonly controlBucket: ControlBucket },
): Promise<InstalledLayer | null | undefined> {
  if (!layer) return layer;
  const found = await controlBucket.getLayerText(names.prefix, resultKey(layer.key));
  const result = found && parseLayerResult(found.text, layer.key);
  return { layer, result: result?.state === "ready" ? result : undefined };
}
