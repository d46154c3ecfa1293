// Updates that change the layer alone: to one that was built for an upload, and back to one that ran before. Old workers
// finish their tasks.
import { canUpdate } from "./gates.ts";
import type { EnvironmentItem } from "./items.ts";
import type { Layer } from "./layer.ts";
import type { RanLayer } from "./layer-history.ts";
import { holdOf } from "./layer-hold.ts";
import { settingsOfLayer } from "./layer-rollback.ts";
import { type FoundFiles, fileWishes, planRebuild } from "./layer-wish.ts";
import { accepted, planOf, type planUpdate } from "./plan-update.ts";
import type { Pool } from "./pool.ts";
import { layerChange, versionsOf } from "./update-layer.ts";

/** Who starts an update because a layer was built for an upload; shown as its creator and as `LastUpdate.Source`. */
export const syncCaller = "hangar-sync";

/**
 * An update that changes the layer alone, to one that is built: the image stays, old workers finish their tasks.
 * @throws EnvironmentBusy, EnvironmentUnusable
 */
export function planLayerUpdate(input: {
  readonly environment: EnvironmentItem;
  readonly layer: Layer | null;
  readonly reason: string;
  readonly pool: Pool;
  readonly operationId: string;
  readonly caller: string;
  readonly now: number;
}): ReturnType<typeof planUpdate> {
  const { environment, layer } = input;
  canUpdate(environment);
  const change = layerChange(environment.layer?.key ?? null, layer?.key ?? null, input.reason);
  const after = { ...environment, layerHold: null };
  const plan = planOf(after, environment, "GRACEFUL", { kind: "keep", layer }, [change], input.pool);
  return accepted(input, plan, { source: input.caller });
}

/**
 * Back to the layer of an earlier release: the settings name its files again. It is built of the bytes in the control bucket,
 * whatever became of the originals; where it lies there ready, for the image that runs, nothing is built.
 * @param input.found of the files `settingsOfLayer` names: what is newest in the bucket now is not wanted
 * @throws EnvironmentBusy, EnvironmentUnusable
 */
export function planLayerRollback(input: {
  readonly environment: EnvironmentItem;
  readonly layer: RanLayer | null;
  readonly number: number;
  readonly found: FoundFiles;
  readonly pool: Pool;
  readonly operationId: string;
  readonly caller: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}): ReturnType<typeof planUpdate> {
  const { environment, layer, number, found, pool } = input;
  canUpdate(environment);
  const settings = settingsOfLayer(environment.settings, layer);
  const layerHold = holdOf(number, fileWishes(settings), found);
  const after = { ...environment, settings, layerHold };
  const change = layerChange(
    environment.layer && versionsOf(environment.layer.files),
    layer && versionsOf(layer.files),
    `Rolled back to the layer of release ${number}; packages are loaded when a component starts.`,
  );
  const plan = layer ? planRebuild(after, layer, pool) : ({ kind: "keep", layer: null } as const);
  return accepted(input, planOf(after, environment, "GRACEFUL", plan, [change], pool), {});
}
