// A layer: the installed form of plugins.zip, requirements.txt and startup.sh for one image. Built once by a one-off task,
// off to the side; tasks that carry its key run identical bytes (design, section 7).
import * as z from "zod";
import type { ExecutionRole } from "./execution-role.ts";
import type { ResourceNames } from "./names.ts";
import type { Pool } from "./pool.ts";
import type { TaskSpec } from "./service-specs.ts";

/** In the order they are read and named. */
export const layerParts = ["requirements", "plugins", "startup"] as const;
export type LayerPart = (typeof layerParts)[number];

/** One of the three files as it went into a layer. */
export interface LayerFile {
  readonly versionId: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** A layer as the record has it: what its tasks run. */
export interface Layer {
  readonly key: string;
  readonly files: Readonly<Partial<Record<LayerPart, LayerFile>>>;
}

/** An object version that is to go into a layer. */
export interface PlannedFile {
  /** Full key in the source bucket. */
  readonly key: string;
  readonly versionId: string;
  /** Bytes. */
  readonly size: number;
  /** Known where its bytes lie in the control bucket already; null: they are still to be copied. */
  readonly sha256: string | null;
}

/** Everything a layer is made of. Its key is known only once the files are copied: it is a hash of their content. */
export interface LayerBuild {
  readonly bucket: string;
  /** Who reads the files there. */
  readonly role: ExecutionRole;
  readonly image: string;
  readonly airflowVersion: string;
  readonly files: Readonly<Partial<Record<LayerPart, PlannedFile>>>;
}

/** What a plan says of the layer: known already (null: none is wanted), or to be built from these files. */
export type LayerPlan =
  | { readonly kind: "keep"; readonly layer: Layer | null }
  | { readonly kind: "build"; readonly build: LayerBuild; readonly task: TaskSpec };

/** MWAA gives an installation ten minutes; a task of Fargate needs one to start, and an image some to be pulled. */
export const usualLayerSeconds = 900;

/** The output of the step `build-layer`, as the journal keeps it. */
export type LayerOutput = Layer | null;

/** The layer a plan leads to. @param output of `build-layer`; undefined while it has not run */
export const layerOf = (plan: LayerPlan, output: unknown): Layer | null =>
  plan.kind === "keep" ? plan.layer : ((output as LayerOutput | undefined) ?? null);

/** The name of a layer: equal inputs have equal layers, whichever environment asks. @param digest hex sha256 of a text */
export function layerKey(
  build: Pick<LayerBuild, "image" | "airflowVersion">,
  files: Layer["files"],
  digest: (text: string) => string,
): string {
  const hashes = Object.fromEntries(layerParts.map((part) => [part, files[part]?.sha256 ?? null]));
  const { airflowVersion, image } = build;
  const parts = Object.entries({ ...hashes, airflowVersion, format: 1, image }).sort(([a], [b]) => (a < b ? -1 : 1));
  return `l-${digest(JSON.stringify(Object.fromEntries(parts))).slice(0, 32)}`;
}

/** Keys below the environment's prefix. */
export const layerFolder = (key: string): string => `layers/${key}/`;
export const recipeKey = (key: string): string => `${layerFolder(key)}recipe.json`;
export const resultKey = (key: string): string => `${layerFolder(key)}result.json`;
/** Which build was started last, and for whom. */
export const buildRecordKey = "layers/build.json";
export const offerKey = "layers/offer.json";

/** What the builder reads: `layers/<key>/recipe.json`. */
export function recipeOf(build: Pick<LayerBuild, "image" | "airflowVersion">, layer: Layer) {
  const files = layerParts.map((part) => {
    const file = layer.files[part];
    return [part, file ? { sha256: file.sha256, size: file.size } : null] as const;
  });
  const { airflowVersion, image } = build;
  return { schema: 1, key: layer.key, airflowVersion, image, ...Object.fromEntries(files) };
}

/** What the builder found: `layers/<key>/result.json`. Users' code runs beside it, so it is validated as foreign input. */
const LayerResult = z.object({
  schema: z.literal(1),
  key: z.string().max(100),
  state: z.enum(["ready", "failed"]),
  /** Seconds since the epoch. */
  at: z.number(),
  seconds: z.number().optional(),
  packages: z.array(z.string().max(300)).max(5000).default([]),
  plugins: z.array(z.string().max(300)).max(1000).default([]),
  archive: z.object({ key: z.string(), size: z.number(), sha256: z.string() }).nullish(),
  error: z
    .object({ part: z.string().max(40), message: z.string().max(8000), detail: z.string().max(8000).nullish() })
    .nullish(),
  warnings: z.array(z.string().max(2000)).max(200).default([]),
});
export type LayerResult = z.infer<typeof LayerResult>;

/** Reads a result; anything malformed, or another layer's, counts as no result. */
export function parseLayerResult(text: string, key: string): LayerResult | undefined {
  try {
    const result = LayerResult.safeParse(JSON.parse(text)).data;
    return result?.key === key && (result.state === "failed" || result.archive) ? result : undefined;
  } catch {
    return undefined;
  }
}

/** The build started last in an environment: one at a time, numbered, so that no start token is used twice. */
export const BuildRecord = z.object({
  number: z.int().min(1),
  key: z.string(),
  /** The operation or offer it was started for. */
  owner: z.string(),
  /** Milliseconds since the epoch. */
  startedAt: z.number(),
});
export type BuildRecord = z.infer<typeof BuildRecord>;

/** Also the family of the builder's task definitions. */
export const builderFamily = (environmentId: string): string => `hangar-${environmentId}-layer`;
export const builderToken = (environmentId: string, number: number): string =>
  `${builderFamily(environmentId)}-${number}`;

/** The one-off task that builds; which layer is said when it starts. It has no secret: users' code runs in it. */
export function builderTask(
  subject: { readonly environmentId: string; readonly names: Pick<ResourceNames, "prefix" | "secret"> },
  build: Pick<LayerBuild, "image" | "airflowVersion">,
  pool: Pick<Pool, "controlBucket" | "machineMemory">,
): TaskSpec {
  return {
    family: builderFamily(subject.environmentId),
    image: build.image,
    command: ["hangar-agent", "build-layer"],
    cpu: 1024,
    memoryMegabytes: pool.machineMemory?.layer ?? 4096,
    environment: {
      HANGAR_ENVIRONMENT_ID: subject.environmentId,
      HANGAR_AIRFLOW_VERSION: build.airflowVersion,
      HANGAR_CONTROL_BUCKET: pool.controlBucket,
      HANGAR_CONTROL_PREFIX: subject.names.prefix,
    },
    role: "builder",
    secretName: subject.names.secret,
    secrets: {},
    stopTimeoutSeconds: 30,
  };
}

/** A task that runs, or builds, this layer. */
export const withLayer = (task: TaskSpec, key: string | null): TaskSpec =>
  key === null ? task : { ...task, environment: { ...task.environment, HANGAR_LAYER_KEY: key } };
