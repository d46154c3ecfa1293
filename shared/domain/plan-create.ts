// CreateEnvironment as a decision: from a checked request to the record and the plan its ladder carries out.
import { type AlarmSpec, alarmsOf } from "./alarms.ts";
import { type CloneOrigin, type ClonePlan, planClone } from "./clone.ts";
import { checkOptions, checkSettings, replicas, settingsOfCreate } from "./environment-settings.ts";
import { bucketFit, sourceFit, versionFit } from "./gates.ts";
import { type LayerPlan, usualLayerSeconds } from "./layer.ts";
import { type FoundFiles, planLayer } from "./layer-wish.ts";
import type { EnvironmentItem, EnvironmentSettings, OperationItem } from "./items.ts";
import { environmentArn, type ResourceNames, resourceNames, type TaskRole, templateDatabase } from "./names.ts";
import { newOperation } from "./new-operation.ts";
import { defaultAirflowVersion, environmentClasses } from "./offerings.ts";
import type { Pool } from "./pool.ts";
import type { CreateEnvironmentRequest } from "./requests.ts";
import {
  addressOf,
  migrateTemplateTask,
  scratchTemplate,
  type ServiceSpec,
  serviceSpecs,
  subjectOf,
  type TaskSpec,
} from "./service-specs.ts";
import type { BucketFacts } from "./source-objects.ts";

export interface CreatePlan {
  readonly type: "create-environment";
  readonly image: string;
  readonly resourceGeneration: number;
  readonly names: ResourceNames;
  readonly address: { readonly targetGroup: string; readonly host: string; readonly healthPath: string };
  /** The version's template database, the scratch name this operation would migrate it under, and the task that does. */
  readonly template: { readonly database: string; readonly scratch: string; readonly task: TaskSpec };
  /** The snapshot that is copied instead of the template. Absent: none is. */
  readonly from?: ClonePlan;
  readonly counts: Readonly<Record<TaskRole, number>>;
  /** Deployed with the key of the layer once it is known. */
  readonly layer: LayerPlan;
  readonly services: readonly ServiceSpec[];
  readonly databaseConnections: number;
  /** Absent from plans of before. */
  readonly alarms?: readonly AlarmSpec[];
  readonly canaryId: string;
  /** Seconds between two looks of a check. */
  readonly pollSeconds: number;
  /** How long each check may take, from the end of the effect before it. */
  readonly deadlineSeconds: {
    readonly template: number;
    readonly layer: number;
    readonly services: number;
    readonly canary: number;
  };
}

export interface CreateInput {
  readonly request: CreateEnvironmentRequest;
  readonly requestHash: string;
  readonly configuration: EnvironmentSettings["configuration"];
  readonly bucket: BucketFacts;
  /** The plugins, requirements and startup script the request names, as they lie in the bucket. */
  readonly found: FoundFiles;
  readonly pool: Pool;
  readonly environmentId: string;
  readonly operationId: string;
  readonly caller: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The snapshot it is made of; the request's version is its own then. */
  readonly from?: { readonly origin: CloneOrigin; readonly pauseDags?: boolean | undefined };
}

/**
 * Plans a create: defaults as MWAA sets them, limits of class and version checked, replicas collapsed where the pool
 * has one zone.
 * @throws HangarError of the catalogue, before anything is written
 */
export function planCreate(input: CreateInput): {
  readonly environment: EnvironmentItem;
  readonly operation: OperationItem;
} {
  const { request, pool, now } = input;
  const airflowVersion = request.AirflowVersion ?? defaultAirflowVersion;
  const image = versionFit(airflowVersion, pool);
  sourceFit(request.SourceBucketArn, pool);
  bucketFit(request.SourceBucketArn, input.bucket);
  checkOptions(request.AirflowConfigurationOptions);
  const settings = settingsOfCreate(request, airflowVersion, input.configuration, input.environmentId, pool);
  checkSettings(settings, pool);
  const names = resourceNames(input.environmentId, 1, pool);
  const { counts, collapsed } = replicas(settings, pool);
  const environment: EnvironmentItem = {
    schemaVersion: 2,
    name: request.Name,
    environmentId: input.environmentId,
    arn: environmentArn(request.Name, pool),
    poolId: pool.poolId,
    status: "CREATING",
    generation: 1,
    operationId: input.operationId,
    operationKind: "create-environment",
    createdAt: now,
    createdBy: input.caller,
    requestHash: input.requestHash,
    settings,
    tags: request.Tags ?? {},
    names,
    resourceGeneration: 1,
    image,
    layer: null,
    workers: counts.worker,
    drains: [],
    retired: [],
    ...(input.from ? { clonedFrom: input.from.origin.database } : {}),
    access: [{ principal: input.caller, role: "Admin" }],
    collapsed,
    lastUpdate: { status: "PENDING", createdAt: now },
  };
  const size = environmentClasses[settings.environmentClass]!;
  const scratch = scratchTemplate(airflowVersion, input.environmentId);
  const plan: CreatePlan = {
    type: "create-environment",
    image,
    resourceGeneration: 1,
    names,
    address: addressOf(names, airflowVersion),
    template: {
      database: templateDatabase(airflowVersion),
      scratch: scratch.database,
      task: migrateTemplateTask(airflowVersion, image, scratch, pool),
    },
    ...(input.from
      ? {
          from: planClone(
            input.from.origin,
            { environmentId: input.environmentId, image, names, pauseDags: input.from.pauseDags },
            pool,
          ),
        }
      : {}),
    counts,
    layer: planLayer({ ...environment, settings, image }, input.found, pool),
    services: serviceSpecs(subjectOf(environment, { resourceGeneration: 1, image, counts }), pool),
    databaseConnections: size.databaseConnections,
    alarms: alarmsOf(environment, pool),
    canaryId: input.operationId,
    pollSeconds: pool.pollSeconds,
    deadlineSeconds: { template: input.from ? 3600 : 900, layer: usualLayerSeconds, services: 900, canary: 1200 },
  };
  return { environment, operation: newOperation({ ...input, plan, environmentName: request.Name }) };
}

/** The request as text with its members in order: equal requests have equal texts, however their JSON was written. */
export const requestText = (request: object): string =>
  JSON.stringify(request, (_key, value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

/** Where the request's options will lie: one object named by its hash. @param digest hex sha256 of a text */
export function configurationOf(
  request: { readonly AirflowConfigurationOptions?: Readonly<Record<string, string>> | null },
  digest: (text: string) => string,
): EnvironmentSettings["configuration"] {
  const options = request.AirflowConfigurationOptions;
  if (!options || Object.keys(options).length === 0) return null;
  const hash = digest(JSON.stringify(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))));
  return { key: `configuration/${hash}.json`, sha256: hash };
}
