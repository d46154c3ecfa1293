// UpdateEnvironment as a decision: what differs, what that does to what runs, and the plan its ladder carries out.
import { type AlarmSpec, alarmsOf } from "./alarms.ts";
import { checkOptions, checkSettings, replicas, settingsOfUpdate } from "./environment-settings.ts";
import { bucketFit, canUpdate, sourceFit } from "./gates.ts";
import type { EnvironmentItem, EnvironmentSettings, LastUpdate, OperationItem } from "./items.ts";
import { type Layer, type LayerPlan, usualLayerSeconds } from "./layer.ts";
import type { LayerHold } from "./layer-hold.ts";
import type { FoundFiles } from "./layer-wish.ts";
import { type ResourceNames, serviceGeneration, serviceName, type TaskRole, taskRoles } from "./names.ts";
import { newOperation } from "./new-operation.ts";
import { environmentClasses } from "./offerings.ts";
import type { Pool } from "./pool.ts";
import type { UpdateEnvironmentRequest, WorkerReplacementStrategy } from "./requests.ts";
import { addressOf, type ServiceSpec, serviceSpecs } from "./service-specs.ts";
import type { BucketFacts } from "./source-objects.ts";
import { transition } from "./status.ts";
import { greatest, type PlannedChange, plannedChanges } from "./update-effects.ts";
import { layerOfUpdate } from "./update-layer.ts";

/** What the record says after the commit. */
interface Outcome {
  readonly settings: EnvironmentSettings;
  readonly names: ResourceNames;
  readonly image: string;
  readonly workers: number;
  readonly collapsed: EnvironmentItem["collapsed"];
  /** Absent from plans of before: it stays as it is. */
  readonly layerHold?: LayerHold | null;
}

export interface UpdatePlan {
  readonly type: "update-environment";
  readonly names: ResourceNames;
  readonly address: { readonly targetGroup: string; readonly host: string; readonly healthPath: string };
  readonly changes: readonly PlannedChange[];
  readonly strategy: WorkerReplacementStrategy;
  readonly before: Outcome & { readonly layer: Layer | null };
  readonly after: Outcome;
  /** What `after` runs; its key may be known only once it is built. */
  readonly layer: LayerPlan;
  /** Services of the new generation; they run beside the old ones until the commit. */
  readonly services: readonly ServiceSpec[];
  /** Services the new ones replace: gone after the commit. */
  readonly retired: readonly string[];
  /** Services that stay and get another number of tasks. */
  readonly scaled: readonly { readonly service: string; readonly from: number; readonly to: number }[];
  /** The workers that finish their tasks before the commit (GRACEFUL); null: none do. */
  readonly drain: { readonly service: string; readonly generation: number } | null;
  /** The connection limit of the environment's roles, where the class changes it. */
  readonly connections: { readonly from: number; readonly to: number } | null;
  /** The environment's alarms, as this version makes them. Absent from plans of before. */
  readonly alarms?: readonly AlarmSpec[];
  readonly pollSeconds: number;
  readonly deadlineSeconds: { readonly layer: number; readonly services: number; readonly drained: number };
}

export interface UpdateInput {
  readonly environment: EnvironmentItem;
  readonly request: UpdateEnvironmentRequest;
  /** Where the request's options will lie; undefined when it names none. */
  readonly configuration: EnvironmentSettings["configuration"] | undefined;
  /** Of the source bucket as the role sees it; undefined when neither is anything new. */
  readonly bucket: BucketFacts | undefined;
  /** What `filesToFind` asked for. */
  readonly found: FoundFiles;
  readonly pool: Pool;
  readonly operationId: string;
  readonly caller: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** MWAA user guide: old workers may finish their tasks for up to twelve hours. */
const longestDrainSeconds = 43_200;

/**
 * Plans an update. New tasks start beside the old ones, so that until the commit nothing of `before` is touched and a
 * rollback is a removal. An update with no change is legal: it applies a newer image of the version, if there is one.
 * Another version is plan-version-change.ts's.
 * @throws HangarError of the catalogue, before anything is written
 */
export function planUpdate(input: UpdateInput): {
  readonly environment: EnvironmentItem;
  readonly operation: OperationItem;
  /** The operation's own. */
  readonly plan: UpdatePlan;
} {
  const { environment, request, pool } = input;
  canUpdate(environment);
  const settings = settingsOfUpdate(environment.settings, request, input.configuration);
  if (input.bucket) {
    sourceFit(settings.sourceBucketArn, pool);
    bucketFit(settings.sourceBucketArn, input.bucket);
  }
  checkOptions(request.AirflowConfigurationOptions);
  checkSettings(settings, pool);
  const image = imageOf(environment, pool);
  const layer = layerOfUpdate(environment, { settings, image }, request, input.found, pool);
  const after = { ...environment, settings, image, layerHold: layer.hold };
  const strategy = request.WorkerReplacementStrategy ?? "FORCED";
  const plan = planOf(after, environment, strategy, layer.plan, layer.shown, pool);
  return accepted(input, plan, {});
}

/** Whether an update must look at the bucket again: another one is named, or another role looks. */
export const looksAnew = (before: EnvironmentSettings, request: UpdateEnvironmentRequest): boolean =>
  request.SourceBucketArn !== undefined ||
  (request.ExecutionRoleArn ?? before.executionRoleArn) !== before.executionRoleArn;

/** The record and the operation of a plan. */
export function accepted(
  input: Pick<UpdateInput, "environment" | "operationId" | "caller" | "now">,
  plan: UpdatePlan,
  more: Partial<LastUpdate>,
): ReturnType<typeof planUpdate> {
  const { environment, now } = input;
  const rolls = plan.services.length > 0;
  return {
    plan,
    environment: {
      ...environment,
      status: transition(environment.status, "update-accepted"),
      generation: environment.generation + 1,
      operationId: input.operationId,
      operationKind: "update-environment",
      resourceGeneration: environment.resourceGeneration + (rolls ? 1 : 0),
      lastUpdate: { status: "PENDING", createdAt: now, workerReplacementStrategy: plan.strategy, ...more },
    },
    operation: newOperation({
      ...input,
      plan,
      environmentName: environment.name,
      environmentId: environment.environmentId,
    }),
  };
}

/** @param after what the record says after the commit, as far as it is asked for @param layerChanges shown beside it */
export function planOf(
  after: Planned,
  environment: EnvironmentItem,
  strategy: WorkerReplacementStrategy,
  layer: LayerPlan,
  layerChanges: readonly PlannedChange[],
  pool: Pool,
): UpdatePlan {
  const { settings, image } = after;
  const countsBefore = { ...replicas(environment.settings, pool).counts, worker: environment.workers };
  const { counts: asked, collapsed } = replicas(settings, pool);
  // workers are taken away by draining them, which is scaling's to decide: a busy one is protected from anything else
  const kept = { ...asked, worker: Math.max(environment.workers, asked.worker) };
  const changes = [
    ...patch(environment.image, image),
    ...layerChanges,
    ...plannedChanges(environment.settings, settings, { before: countsBefore, after: kept }),
  ];
  const rolled = taskRoles.filter((role) => changes.some((one) => one.effect === "roll" && one.roles.includes(role)));
  // new workers are as many as the load had called for: what is queued does not wait for scaling to begin anew
  const counts = rolled.includes("worker") ? { ...asked, worker: Math.min(kept.worker, settings.maxWorkers) } : kept;
  const generation = environment.resourceGeneration + 1;
  const names = renamed(environment, rolled, generation);
  const subject = { ...environment, settings, names, generation, image, counts };
  const services = serviceSpecs(subject, pool).filter(({ role }) => rolled.includes(role));
  const oldWorker = environment.names.services.worker;
  const [from, to] = [environment.settings, settings].map((one) => connectionsOf(one)) as [number, number];
  return {
    type: "update-environment",
    names,
    address: addressOf(names, settings.airflowVersion),
    changes,
    strategy,
    before: {
      settings: environment.settings,
      names: environment.names,
      image: environment.image,
      layer: environment.layer,
      workers: environment.workers,
      collapsed: environment.collapsed,
      ...holdIn(environment),
    },
    after: { settings, names, image, workers: counts.worker, collapsed, ...holdIn(after) },
    layer,
    services,
    retired: rolled.map((role) => environment.names.services[role]),
    scaled: taskRoles
      .filter((role) => !rolled.includes(role) && countsBefore[role] !== counts[role])
      .map((role) => ({ service: environment.names.services[role], from: countsBefore[role], to: counts[role] })),
    drain:
      strategy === "GRACEFUL" && rolled.includes("worker")
        ? { service: oldWorker, generation: serviceGeneration(oldWorker) }
        : null,
    connections: from === to ? null : { from, to },
    alarms: alarmsOf(environment, pool),
    pollSeconds: pool.pollSeconds,
    deadlineSeconds: { layer: usualLayerSeconds, services: 900, drained: longestDrainSeconds },
  };
}

/** Where it is not said it stays as it is. */
const holdIn = ({ layerHold }: Partial<Planned>) => (layerHold === undefined ? {} : { layerHold });

type Planned = Pick<EnvironmentItem, "settings" | "image"> & { readonly layerHold?: LayerHold | null | undefined };

/** What this plan does at most; null when it only writes the record's LastUpdate. */
export const effectOf = (plan: UpdatePlan) => greatest(plan.changes);

const connectionsOf = (settings: EnvironmentSettings) =>
  environmentClasses[settings.environmentClass]!.databaseConnections;

/** The image of the environment's version here and now; what it runs already, when the pool has none (any more). */
export function imageOf(environment: EnvironmentItem, pool: Pick<Pool, "images">): string {
  const offered = pool.images[environment.settings.airflowVersion];
  return offered && "image" in offered ? offered.image : environment.image;
}

const patch = (before: string, after: string): readonly PlannedChange[] =>
  before === after
    ? []
    : [
        {
          member: "Image",
          before,
          after,
          effect: "roll",
          roles: taskRoles,
          reason: "There is a newer image of this Airflow version.",
        },
      ];

function renamed(environment: EnvironmentItem, rolled: readonly TaskRole[], generation: number): ResourceNames {
  const fresh = rolled.map((role) => [role, serviceName(environment.environmentId, role, generation)] as const);
  return { ...environment.names, services: { ...environment.names.services, ...Object.fromEntries(fresh) } };
}
