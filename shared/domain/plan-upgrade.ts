// UpdateEnvironment with another AirflowVersion as a decision: what its operation freezes, so that no step chooses. Nothing is
// wired to it yet; until then planUpdate refuses another version in words.
import { replicas } from "./environment-settings.ts";
import { HangarError } from "./errors.ts";
import { canUpdate } from "./gates.ts";
import type { EnvironmentItem, EnvironmentSettings } from "./items.ts";
import { type Layer, type LayerPlan, usualLayerSeconds } from "./layer.ts";
import { planRebuild } from "./layer-wish.ts";
import { type ResourceNames, resourceNames } from "./names.ts";
import type { Pool } from "./pool.ts";
import { addressOf, type ServiceSpec, serviceSpecs } from "./service-specs.ts";
import type { UpgradeStep } from "./upgrade-ladder.ts";
import { type UpgradeHop, upgradePath } from "./upgrade-path.ts";
import type { AtDeadline } from "./upgrade-rules.ts";

/** One side of the change. */
interface Side {
  readonly settings: EnvironmentSettings;
  readonly names: ResourceNames;
  readonly image: string;
  readonly workers: number;
  readonly collapsed: EnvironmentItem["collapsed"];
}

export interface UpgradePlan {
  readonly type: "upgrade-environment";
  readonly hop: UpgradeHop;
  readonly before: Side & { readonly layer: Layer | null };
  readonly after: Side;
  readonly layer: LayerPlan;
  /** Of the new generation; nothing but the canary runs on them before the commit. */
  readonly services: readonly ServiceSpec[];
  readonly retired: readonly string[];
  readonly address: { readonly targetGroup: string; readonly host: string; readonly healthPath: string };
  /** Names by the part they play. Each generation has its own, so none is ever renamed: which is live says the record. */
  readonly databases: {
    /** Live until the commit, from then on the snapshot: sealed, unchanged. */
    readonly source: DatabaseNames;
    /** Copied from it and migrated; live from the commit on. */
    readonly copy: DatabaseNames;
    readonly results: { readonly before: DatabaseNames; readonly after: DatabaseNames };
  };
  /** The only queue the new workers listen to before the commit. */
  readonly canary: { readonly id: string; readonly queue: string };
  readonly generation: { readonly from: number; readonly to: number };
  readonly pause: { readonly deadlineSeconds: number; readonly atDeadline: AtDeadline };
  /** Scaling leaves this many workers alone while the operation is in flight; none is added or taken. */
  readonly hold: { readonly workers: number };
  /** What becomes of the original after the commit. */
  readonly snapshot: { readonly name: string; readonly airflowVersion: string; readonly retentionSeconds: number };
  /** What may be lost, in sentences for whoever asks; empty: nothing. */
  readonly losses: readonly string[];
  readonly pollSeconds: number;
  readonly deadlineSeconds: Readonly<Partial<Record<UpgradeStep, number>>>;
}

interface DatabaseNames {
  readonly database: string;
  readonly role: string;
}

export interface UpgradeInput {
  readonly environment: EnvironmentItem;
  readonly to: string;
  readonly pool: Pool;
  /** Versions that kept snapshots of this environment were taken on. */
  readonly snapshots: readonly string[];
  readonly operationId: string;
  readonly pause?: { readonly deadlineSeconds?: number; readonly atDeadline?: AtDeadline };
  readonly retentionSeconds?: number;
}

const usualPauseSeconds = 900;
/** MWAA has no figure for what it keeps; a week leaves time to regret. */
const usualRetentionSeconds = 7 * 86_400;

/**
 * Plans one hop upwards. A longer way is an operation for each hop, and a way down is a restore.
 * @throws HangarError EnvironmentBusy, EnvironmentUnusable; VersionChangeRefused with the reason and what to do instead
 */
export function planUpgrade(input: UpgradeInput): UpgradePlan {
  const { environment, pool, to } = input;
  canUpdate(environment);
  const hop = onlyHop(environment, input);
  const offered = pool.images[to];
  // the path has seen to it that there is an image
  const image = offered && "image" in offered ? offered.image : "";
  const settings = { ...environment.settings, airflowVersion: to };
  const generation = environment.resourceGeneration + 1;
  const names = generationNames(environment, generation, pool);
  const { counts, collapsed } = replicas(settings, pool);
  const workers = Math.min(Math.max(environment.workers, counts.worker), settings.maxWorkers);
  const subject = { ...environment, settings, names, generation, image, counts: { ...counts, worker: workers } };
  const { layer } = environment;
  const pause = {
    deadlineSeconds: input.pause?.deadlineSeconds ?? usualPauseSeconds,
    atDeadline: input.pause?.atDeadline ?? ("retry" as const),
  };
  return {
    type: "upgrade-environment",
    hop,
    before: {
      settings: environment.settings,
      names: environment.names,
      image: environment.image,
      workers: environment.workers,
      collapsed: environment.collapsed,
      layer,
    },
    after: { settings, names, image, workers, collapsed },
    layer: layer ? planRebuild({ ...environment, settings, image }, layer, pool) : { kind: "keep", layer: null },
    services: serviceSpecs(subject, pool),
    retired: Object.values(environment.names.services),
    address: addressOf(names, to),
    databases: {
      source: metadataOf(environment.names),
      copy: metadataOf(names),
      results: { before: resultsOf(environment.names), after: resultsOf(names) },
    },
    canary: { id: input.operationId, queue: `${names.queue}-canary` },
    generation: { from: environment.resourceGeneration, to: generation },
    pause,
    hold: { workers: environment.workers },
    snapshot: {
      name: environment.names.metadataDatabase,
      airflowVersion: environment.settings.airflowVersion,
      retentionSeconds: input.retentionSeconds ?? usualRetentionSeconds,
    },
    losses:
      pause.atDeadline === "retry"
        ? [
            `Tasks that still run ${pause.deadlineSeconds} s after scheduling is paused are ended and run again from their beginning, whatever retries they have left.`,
          ]
        : [],
    pollSeconds: pool.pollSeconds,
    deadlineSeconds: {
      "check-layer": usualLayerSeconds,
      "check-paused": pause.deadlineSeconds + 60,
      "check-stopped": 600,
      "check-copied": 3_600,
      // a migration of ten million task instances took over an hour (Airflow #63866)
      "check-migrated": 7_200,
      "check-services": 900,
      "check-canary": 1_200,
    },
  };
}

function onlyHop({ settings }: EnvironmentItem, { to, pool, snapshots }: UpgradeInput): UpgradeHop {
  const refuse = (reason: string) =>
    new HangarError(
      "VersionChangeRefused",
      `AirflowVersion cannot be changed from ${settings.airflowVersion} to ${to}: ${reason}`,
    );
  const path = upgradePath(settings.airflowVersion, to, { images: pool.images, snapshots });
  if (path.kind === "refused") throw refuse(path.reason);
  const [first, ...more] = path.hops;
  if (more.length > 0) throw refuse(`upgrade to ${first!.to} first. ${more[0]!.reason}`);
  if (first!.how === "restore") throw refuse(`${first!.reason} Restore the snapshot if that is what you want.`);
  return first!;
}

/** Names of a generation: what an environment keeps for life stays as it is, databases and roles carry the generation. */
function generationNames({ environmentId, names }: EnvironmentItem, generation: number, pool: Pool): ResourceNames {
  const fresh = resourceNames(environmentId, generation, pool);
  const own = (name: string) => `${name}_g${generation}`;
  return {
    ...names,
    metadataDatabase: own(fresh.metadataDatabase),
    metadataRole: own(fresh.metadataRole),
    celeryDatabase: own(fresh.celeryDatabase),
    celeryRole: own(fresh.celeryRole),
    queue: fresh.queue,
    targetGroup: fresh.targetGroup,
    services: fresh.services,
  };
}

const metadataOf = (names: ResourceNames): DatabaseNames => ({
  ...{ database: names.metadataDatabase, role: names.metadataRole },
});
const resultsOf = (names: ResourceNames): DatabaseNames => ({
  ...{ database: names.celeryDatabase, role: names.celeryRole },
});
