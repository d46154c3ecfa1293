// The layer builder in memory: what the one-off task `hangar-agent build-layer` leaves in the control bucket.
import type { LayerResult } from "../domain/layer.ts";
import type { TaskSpec } from "../domain/service-specs.ts";
import type { MemoryControlBucket } from "./memory-control-bucket.ts";

/** A file with this word in it cannot be installed. */
export const unbuildable = "conflict";
export const conflictText =
  "Because apache-airflow==3.3.1 needs pendulum>=3.2 and you ask for pendulum==2.1.2, nothing fits";
/** Of every archive it makes. */
export const archiveBytes = 1;

/** Builds what the task's recipe says, at once: its packages are the lines that say `==`. Nothing where no recipe lies: the environment is gone. */
export function buildInMemory(spec: TaskSpec, bucket: MemoryControlBucket, now: number): void {
  const prefix = spec.environment["HANGAR_CONTROL_PREFIX"]!;
  const key = spec.environment["HANGAR_LAYER_KEY"]!;
  const recipe = bucket.objects.get(`${prefix}layers/${key}/recipe.json`);
  if (!recipe) return;
  const parts = Object.values(JSON.parse(String(recipe.body)) as Record<string, { sha256?: string } | null>);
  const texts = parts.flatMap((part) => {
    const blob = part?.sha256 && bucket.objects.get(`${prefix}blobs/${part.sha256}`);
    return blob ? [new TextDecoder().decode(blob.body as Uint8Array)] : [];
  });
  const broken = texts.some((text) => text.includes(unbuildable));
  const packages = texts.flatMap((text) => text.split("\n")).filter((line) => line.includes("=="));
  const common = { schema: 1 as const, key, at: now / 1000, packages, plugins: [], warnings: [] };
  const result: LayerResult = broken
    ? { ...common, state: "failed", error: { part: "requirements", message: conflictText } }
    : {
        ...common,
        state: "ready",
        archive: { key: `layers/${key}/layer.tar`, size: archiveBytes, sha256: "a".repeat(64) },
      };
  void bucket.putLayerText(prefix, `layers/${key}/result.json`, JSON.stringify(result));
}
