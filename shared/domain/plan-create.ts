// CreateEnvironment as a decision: from a checked request to the record and the plan its ladder carries out.
import { HangarError } from "./errors.ts";
import { bucketFit, sourceFit, versionFit } from "./gates.ts";
import type { EnvironmentItem, EnvironmentSettings, OperationItem } from "./items.ts";
import { environmentArn, type ResourceNames, resourceNames, type TaskRole, templateDatabase } from "./names.ts";
import { newOperation } from "./new-operation.ts";
import { defaultAirflowVersion, defaultEnvironmentClass, environmentClasses } from "./offerings.ts";
import type { Pool } from "./pool.ts";
import { type CreateEnvironmentRequest, logModules } from "./requests.ts";
import {
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
  readonly counts: Readonly<Record<TaskRole, number>>;
  readonly services: readonly ServiceSpec[];
  readonly databaseConnections: number;
  readonly canaryId: string;
  /** Seconds between two looks of a check. */
  readonly pollSeconds: number;
  /** How long each check may take, from the end of the effect before it. */
  readonly deadlineSeconds: { readonly template: number; readonly services: number; readonly canary: number };
}

export interface CreateInput {
  readonly request: CreateEnvironmentRequest;
  readonly requestHash: string;
  readonly configuration: EnvironmentSettings["configuration"];
  readonly bucket: BucketFacts;
  readonly pool: Pool;
  readonly environmentId: string;
  readonly operationId: string;
  readonly caller: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
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
  const settings = settingsOf(request, airflowVersion, input.configuration, input.environmentId);
  const names = resourceNames(input.environmentId, 1, pool);
  const { counts, collapsed } = replicas(settings, pool);
  const environment: EnvironmentItem = {
    schemaVersion: 1,
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
    address: { targetGroup: names.targetGroup, host: names.webHost, healthPath: "/api/v2/version" },
    template: {
      database: templateDatabase(airflowVersion),
      scratch: scratch.database,
      task: migrateTemplateTask(airflowVersion, image, scratch, pool),
    },
    counts,
    services: serviceSpecs(subjectOf(environment, { resourceGeneration: 1, image, counts }), pool),
    databaseConnections: size.databaseConnections,
    canaryId: input.operationId,
    pollSeconds: pool.pollSeconds,
    // the canary's counts from the same moment as the services': both follow the deployment
    deadlineSeconds: { template: 900, services: 900, canary: 1200 },
  };
  return { environment, operation: newOperation({ ...input, plan, environmentName: request.Name }) };
}

/** Defaults when omitted: MWAA API reference, CreateEnvironment; what the user did not set stays absent. */
function settingsOf(
  request: CreateEnvironmentRequest,
  airflowVersion: string,
  configuration: EnvironmentSettings["configuration"],
  environmentId: string,
): EnvironmentSettings {
  const environmentClass = request.EnvironmentClass ?? defaultEnvironmentClass;
  const size = environmentClasses[environmentClass];
  if (!size) {
    throw new HangarError(
      "UnknownEnvironmentClass",
      `EnvironmentClass '${environmentClass}' does not exist. Choose one of: ${Object.keys(environmentClasses).join(", ")}.`,
    );
  }
  const minWorkers = request.MinWorkers ?? 1;
  const maxWorkers = request.MaxWorkers ?? Math.max(minWorkers, size.workers.usualMax);
  const minWebservers = request.MinWebservers ?? size.webservers.usual;
  const maxWebservers = request.MaxWebservers ?? Math.max(minWebservers, size.webservers.usual);
  const schedulers = request.Schedulers ?? size.schedulers.usual;
  limit("MaxWorkers", maxWorkers, 1, size.workers.most, environmentClass);
  limit("MinWebservers", minWebservers, size.webservers.least, size.webservers.most, environmentClass);
  limit("MaxWebservers", maxWebservers, size.webservers.least, size.webservers.most, environmentClass);
  limit("Schedulers", schedulers, size.schedulers.least, size.schedulers.most, environmentClass);
  ordered("MinWorkers", minWorkers, "MaxWorkers", maxWorkers);
  ordered("MinWebservers", minWebservers, "MaxWebservers", maxWebservers);
  pinned(request);
  return {
    airflowVersion,
    environmentClass,
    executionRoleArn: request.ExecutionRoleArn,
    sourceBucketArn: request.SourceBucketArn,
    dagS3Path: request.DagS3Path,
    subnetIds: request.NetworkConfiguration.SubnetIds ?? [],
    securityGroupIds: request.NetworkConfiguration.SecurityGroupIds ?? [],
    ...optional("pluginsS3Path", request.PluginsS3Path),
    ...optional("pluginsS3ObjectVersion", request.PluginsS3ObjectVersion),
    ...optional("requirementsS3Path", request.RequirementsS3Path),
    ...optional("requirementsS3ObjectVersion", request.RequirementsS3ObjectVersion),
    ...optional("startupScriptS3Path", request.StartupScriptS3Path),
    ...optional("startupScriptS3ObjectVersion", request.StartupScriptS3ObjectVersion),
    ...optional("kmsKey", request.KmsKey),
    configuration,
    minWorkers,
    maxWorkers,
    minWebservers,
    maxWebservers,
    schedulers,
    logging: loggingOf(request),
    weeklyMaintenanceWindowStart: request.WeeklyMaintenanceWindowStart ?? windowOf(environmentId),
    webserverAccessMode: request.WebserverAccessMode ?? "PRIVATE_ONLY",
    endpointManagement: request.EndpointManagement ?? "SERVICE",
  };
}

function loggingOf(request: CreateEnvironmentRequest): EnvironmentSettings["logging"] {
  const entries = logModules.map((module) => {
    const asked = request.LoggingConfiguration?.[module];
    const usual = { enabled: module === "TaskLogs", level: "INFO" as const };
    return [module, asked ? { enabled: asked.Enabled, level: asked.LogLevel } : usual];
  });
  return Object.fromEntries(entries) as EnvironmentSettings["logging"];
}

/** The service chooses a window when none is given: spread over the quiet hours of the week by the id. */
function windowOf(environmentId: string): string {
  const number = [...environmentId].reduce((sum, character) => (Math.imul(sum, 31) + character.charCodeAt(0)) >>> 0, 7);
  const day = ["SAT", "SUN"][number % 2];
  const hour = String((number >>> 4) % 6).padStart(2, "0");
  return `${day}:${hour}:${(number >>> 8) % 2 ? "30" : "00"}`;
}

/** Replicas that exist only for availability run once where there is one zone (design, section 10). */
function replicas(settings: EnvironmentSettings, pool: Pool) {
  const single = pool.zones === 1;
  const counts = {
    web: single ? 1 : settings.minWebservers,
    scheduler: single ? 1 : settings.schedulers,
    worker: settings.minWorkers,
  };
  const reason = "This pool has one zone: a second replica would fail together with the first.";
  const collapsed = [
    { member: "Schedulers", asked: settings.schedulers, runs: counts.scheduler, reason },
    { member: "MinWebservers", asked: settings.minWebservers, runs: counts.web, reason },
  ].filter((entry) => entry.asked !== entry.runs);
  return { counts, collapsed };
}

function limit(member: string, value: number, least: number, most: number, environmentClass: string): void {
  if (value >= least && value <= most) return;
  throw new HangarError(
    "WorkerLimits",
    `${member} is ${value}, but ${environmentClass} allows ${least === most ? `exactly ${least}` : `${least} to ${most}`}. Change ${member} or EnvironmentClass.`,
  );
}

function ordered(lower: string, lowerValue: number, upper: string, upperValue: number): void {
  if (lowerValue <= upperValue) return;
  throw new HangarError(
    "WorkerLimits",
    `${lower} (${lowerValue}) is greater than ${upper} (${upperValue}). Lower the first or raise the second.`,
  );
}

/** A pinned object version needs its path (MWAA API: CreateEnvironment). */
function pinned(request: CreateEnvironmentRequest): void {
  for (const kind of ["Plugins", "Requirements", "StartupScript"] as const) {
    if (request[`${kind}S3ObjectVersion`] !== undefined && request[`${kind}S3Path`] === undefined) {
      throw new HangarError(
        "InvalidRequest",
        `${kind}S3ObjectVersion is given without ${kind}S3Path. Name the object it is a version of.`,
      );
    }
  }
}

const optional = <Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } =>
  (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };

/** The request as text with its members in order: equal requests have equal texts, however their JSON was written. */
export const requestText = (request: CreateEnvironmentRequest): string =>
  JSON.stringify(request, (_key, value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

/** Where the request's options will lie: one object named by its hash. @param digest hex sha256 of a text */
export function configurationOf(
  request: CreateEnvironmentRequest,
  digest: (text: string) => string,
): EnvironmentSettings["configuration"] {
  const options = request.AirflowConfigurationOptions;
  if (!options || Object.keys(options).length === 0) return null;
  const hash = digest(JSON.stringify(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))));
  return { key: `configuration/${hash}.json`, sha256: hash };
}
