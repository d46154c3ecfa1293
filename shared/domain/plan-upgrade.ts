// Another Airflow version as a decision: what its operation freezes, so that no step chooses. What UpdateEnvironment may ask
// for beside the version comes in as settings; plan-version-change.ts makes the record and the operation of it.
import { type AlarmSpec, alarmsOf } from "./alarms.ts";
import { type EndingService, endingServices } from "./ending-services.ts";
import { replicas } from "./environment-settings.ts";
import { HangarError } from "./errors.ts";
import { canUpdate } from "./gates.ts";
import type { EnvironmentItem, EnvironmentSettings } from "./items.ts";
import type { Snapshot } from "./snapshot-item.ts";
import { type Layer, type LayerPlan, usualLayerSeconds } from "./layer.ts";
import type { LayerHold } from "./layer-hold.ts";
import { type ResourceNames, resourceNames, type TaskRole, taskRoles } from "./names.ts";
import { environmentClasses } from "./offerings.ts";
import type { Pool } from "./pool.ts";
import type { WorkerReplacementStrategy } from "./requests.ts";
import { addressOf, type ServiceSpec, serviceSpecs, type TaskSpec } from "./service-specs.ts";
import { type PlannedChange, plannedChanges } from "./update-effects.ts";
import { rebuilt, upgradeChanges, upgradeLosses } from "./upgrade-changes.ts";
import type { UpgradeStep } from "./upgrade-ladder.ts";
import { type UpgradeHop, upgradePath } from "./upgrade-path.ts";
import type { AtDeadline } from "./upgrade-rules.ts";
import type { LayerUpdate } from "./update-layer.ts";
import { type CopyTask, canaryQueue, copyTask, heldServices, imageTask, migrationTask } from "./upgrade-tasks.ts";

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
  /** `layerHold` absent: it stays as it is. */
  readonly after: Side & { readonly layerHold?: LayerHold | null };
  /** What differs, the version first. */
  readonly changes: readonly PlannedChange[];
  /** FORCED waits for no task. */
  readonly strategy: WorkerReplacementStrategy;
  readonly layer: LayerPlan;
  /** Of the new generation: what steps that serve every ladder read. */
  readonly names: ResourceNames;
  /** One-off tasks, each started once: its family is its start token too. */
  readonly trying: TaskSpec;
  readonly copying: CopyTask;
  readonly migration: TaskSpec;
  /** The environment's own, as this version makes them, whatever becomes of the upgrade. */
  readonly alarms: readonly AlarmSpec[];
  /** Of the roles the new generation logs in with. */
  readonly databaseConnections: number;
  /** Of the new generation; nothing but the canary runs on them before the commit. */
  readonly services: readonly ServiceSpec[];
  readonly retired: readonly string[];
  /** The old services, and how many tasks each has: to be stopped, and on the way back started again. */
  readonly old: readonly { readonly role: TaskRole; readonly service: string; readonly count: number }[];
  /** Of updates before, to be removed and waited for as well: a task that still runs on them would be marked to run again. */
  readonly ending: readonly EndingService[];
  readonly address: { readonly targetGroup: string; readonly host: string; readonly healthPath: string };
  /** Names by the part they play. Each generation has its own, so none is ever renamed: which is live says the record. */
  readonly databases: {
    /** Live until the commit, from then on the snapshot: sealed, unchanged. */
    readonly source: DatabaseNames;
    /** What is copied: the source; of a restore an earlier snapshot, which stays as it is. */
    readonly original: DatabaseNames;
    /** Copied from the original and migrated; live from the commit on. */
    readonly copy: DatabaseNames;
    readonly results: { readonly before: DatabaseNames; readonly after: DatabaseNames };
  };
  /** What waits in the copy names the first, and is to name the second. */
  readonly queue: { readonly from: string; readonly to: string };
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
  /** Of a restore that goes back to a release: its DAG files go live after the commit. Absent: they stay as they are. */
  readonly release?: WishedRelease;
  readonly pollSeconds: number;
  readonly deadlineSeconds: Readonly<Partial<Record<UpgradeStep, number>>>;
}

export interface WishedRelease {
  readonly number: number;
  /** Key of its manifest below the prefix. */
  readonly manifest: string;
  /** Id of the release that ran when it was asked for: where another one runs by then, that one stays. */
  readonly from: string;
}

export interface DatabaseNames {
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
  /** Of the request, merged into the environment's; absent: they stay. The version in them is not looked at. */
  readonly settings?: EnvironmentSettings;
  /** What those settings want; absent: the layer that runs, made again for the target's image. */
  readonly layer?: LayerUpdate;
  /** Absent: tasks may finish within the pause. */
  readonly strategy?: WorkerReplacementStrategy | undefined;
  readonly pause?: { readonly deadlineSeconds?: number; readonly atDeadline?: AtDeadline };
  readonly retentionSeconds?: number;
  /** Absent: the live database is migrated. */
  readonly restore?: Restore;
}

/** A snapshot that is to take the place of the live database (plan-restore.ts). */
export interface Restore {
  readonly hop: UpgradeHop;
  readonly snapshot: Required<Pick<Snapshot, "name" | "role" | "queue">>;
  /** What of the live database is not in it, in sentences. */
  readonly losses: readonly string[];
}

const usualPauseSeconds = 900;
/** MWAA has no figure for what it keeps; a week leaves time to regret. */
const usualRetentionSeconds = 7 * 86_400;

/**
 * Plans one hop upwards, or the restore of a snapshot: the same ladder on another original. A longer way is an operation for
 * each hop.
 * @throws HangarError EnvironmentBusy, EnvironmentUnusable; VersionChangeRefused with the reason and what to do instead
 */
export function planUpgrade(input: UpgradeInput): UpgradePlan {
  const { environment, pool, to, restore } = input;
  canUpdate(environment);
  const hop = restore?.hop ?? onlyHop(environment, input);
  const image = imageOf(to, pool);
  const settings = { ...(input.settings ?? environment.settings), airflowVersion: to };
  const generation = environment.resourceGeneration + 1;
  const names = generationNames(environment, generation, pool);
  const source = metadataOf(environment.names);
  const original = restore ? { database: restore.snapshot.name, role: restore.snapshot.role } : source;
  const { counts, collapsed } = replicas(settings, pool);
  const workers = Math.min(Math.max(environment.workers, counts.worker), settings.maxWorkers);
  const subject = { ...environment, settings, names, generation, image, counts: { ...counts, worker: workers } };
  const layer = input.layer ?? rebuilt(environment, { settings, image }, pool);
  const strategy = input.strategy ?? "GRACEFUL";
  const pause = {
    deadlineSeconds: input.pause?.deadlineSeconds ?? (strategy === "FORCED" ? 0 : usualPauseSeconds),
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
      layer: environment.layer,
    },
    after: {
      ...{ settings, names, image, workers, collapsed },
      ...(layer.hold === undefined ? {} : { layerHold: layer.hold }),
    },
    changes: [
      ...upgradeChanges(hop, source, restore),
      ...layer.shown,
      ...plannedChanges(environment.settings, settings, {
        before: { ...replicas(environment.settings, pool).counts, worker: environment.workers },
        after: { ...counts, worker: workers },
      }),
    ],
    strategy,
    layer: layer.plan,
    names,
    trying: imageTask({ environment, generation, image }),
    copying: copyTask({ environment, generation, image, original, copy: metadataOf(names) }, pool),
    migration: migrationTask({ environment, generation, image, settings, names, operationId: input.operationId }, pool),
    alarms: alarmsOf(environment, pool),
    databaseConnections: environmentClasses[settings.environmentClass]!.databaseConnections,
    services: heldServices(serviceSpecs(subject, pool), canaryQueue(names), pool),
    retired: Object.values(environment.names.services),
    old: taskRoles.map((role) => ({
      role,
      service: environment.names.services[role],
      count: role === "worker" ? environment.workers : replicas(environment.settings, pool).counts[role],
    })),
    ending: endingServices(environment),
    address: addressOf(names, to),
    databases: {
      source,
      original,
      copy: metadataOf(names),
      results: { before: resultsOf(environment.names), after: resultsOf(names) },
    },
    queue: { from: restore?.snapshot.queue ?? environment.names.queue, to: names.queue },
    canary: { id: input.operationId, queue: canaryQueue(names) },
    generation: { from: environment.resourceGeneration, to: generation },
    pause,
    hold: { workers: environment.workers },
    snapshot: {
      name: environment.names.metadataDatabase,
      airflowVersion: environment.settings.airflowVersion,
      retentionSeconds: input.retentionSeconds ?? usualRetentionSeconds,
    },
    losses: upgradeLosses(pause, restore),
    pollSeconds: pool.pollSeconds,
    deadlineSeconds: {
      "check-layer": usualLayerSeconds,
      "check-image": 900,
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

/**
 * The one hop an operation may be.
 * @throws HangarError VersionChangeRefused with the reason and what to do instead
 */
export function onlyHop(
  { name, settings }: Pick<EnvironmentItem, "name" | "settings">,
  { to, pool, snapshots }: Pick<UpgradeInput, "to" | "pool" | "snapshots">,
): UpgradeHop {
  const refuse = (reason: string) =>
    new HangarError(
      "VersionChangeRefused",
      `AirflowVersion cannot be changed from ${settings.airflowVersion} to ${to}: ${reason}`,
    );
  const path = upgradePath(settings.airflowVersion, to, { images: pool.images, snapshots });
  if (path.kind === "refused") throw refuse(path.reason);
  const [first, ...more] = path.hops;
  if (more.length > 0) throw refuse(`upgrade to ${first!.to} first. ${more[0]!.reason}`);
  if (first!.how === "restore")
    throw refuse(
      `${first!.reason} If that is what you want, look for its name (npx hangar snapshot list ${name}) and restore it: npx hangar snapshot restore ${name} <snapshot>`,
    );
  return first!;
}

/** The image of a version the path has found reachable: so there is one. */
export function imageOf(version: string, pool: Pick<Pool, "images">): string {
  const offered = pool.images[version];
  if (offered && "image" in offered) return offered.image;
  throw new Error(`No image of ${version} is in this pool.`);
}

/** Names of a generation: what an environment keeps for life stays as it is, databases and roles carry the generation. */
export function generationNames(
  { environmentId, names }: Pick<EnvironmentItem, "environmentId" | "names">,
  generation: number,
  pool: Pool,
): ResourceNames {
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

export const metadataOf = (names: ResourceNames): DatabaseNames => ({
  ...{ database: names.metadataDatabase, role: names.metadataRole },
});
export const resultsOf = (names: ResourceNames): DatabaseNames => ({
  ...{ database: names.celeryDatabase, role: names.celeryRole },
});
