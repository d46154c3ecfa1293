// An environment's settings: filled in at create, merged at update, and checked against class, version and quotas the same
// way for both (MWAA API: CreateEnvironment, UpdateEnvironment).
import { HangarError } from "./errors.ts";
import type { EnvironmentSettings } from "./items.ts";
import type { TaskRole } from "./names.ts";
import { defaultEnvironmentClass, environmentClasses } from "./offerings.ts";
import type { Pool } from "./pool.ts";
import { type CreateEnvironmentRequest, logModules, type UpdateEnvironmentRequest, uploadedFiles } from "./requests.ts";
import { withoutAbsent } from "./without-absent.ts";

/**
 * Settings of a create. Defaults when omitted are MWAA's; what the user did not set and has no default stays absent.
 * @throws UnknownEnvironmentClass; what else is wrong, `checkSettings` says
 */
export function settingsOfCreate(
  request: CreateEnvironmentRequest,
  airflowVersion: string,
  configuration: EnvironmentSettings["configuration"],
  environmentId: string,
  { quotas }: Pick<Pool, "quotas">,
): EnvironmentSettings {
  const environmentClass = request.EnvironmentClass ?? defaultEnvironmentClass;
  const size = sizeOf(environmentClass);
  const minWorkers = request.MinWorkers ?? 1;
  const minWebservers = request.MinWebservers ?? size.webservers.usual;
  return {
    airflowVersion,
    environmentClass,
    executionRoleArn: request.ExecutionRoleArn,
    sourceBucketArn: request.SourceBucketArn,
    dagS3Path: request.DagS3Path,
    subnetIds: request.NetworkConfiguration.SubnetIds ?? [],
    securityGroupIds: request.NetworkConfiguration.SecurityGroupIds ?? [],
    ...withoutAbsent({
      pluginsS3Path: request.PluginsS3Path,
      pluginsS3ObjectVersion: request.PluginsS3ObjectVersion,
      requirementsS3Path: request.RequirementsS3Path,
      requirementsS3ObjectVersion: request.RequirementsS3ObjectVersion,
      startupScriptS3Path: request.StartupScriptS3Path,
      startupScriptS3ObjectVersion: request.StartupScriptS3ObjectVersion,
      kmsKey: request.KmsKey,
    }),
    configuration,
    minWorkers,
    maxWorkers: request.MaxWorkers ?? Math.max(minWorkers, Math.min(size.workers.usualMax, quotas.workers)),
    minWebservers,
    maxWebservers: request.MaxWebservers ?? Math.max(minWebservers, size.webservers.usual),
    schedulers: request.Schedulers ?? size.schedulers.usual,
    logging: mergedLogging(usualLogging, request),
    weeklyMaintenanceWindowStart: request.WeeklyMaintenanceWindowStart ?? windowOf(environmentId),
    webserverAccessMode: request.WebserverAccessMode ?? "PRIVATE_ONLY",
    endpointManagement: request.EndpointManagement ?? "SERVICE",
  };
}

/**
 * Settings after an update: what is omitted stays, logging is merged by module, options are replaced as a whole, null
 * clears a file or the options (MWAA cannot), a path given without a version means its newest object.
 * @param configuration where the request's options will lie; undefined when it names none
 */
export function settingsOfUpdate(
  before: EnvironmentSettings,
  request: UpdateEnvironmentRequest,
  configuration: EnvironmentSettings["configuration"] | undefined,
): EnvironmentSettings {
  return {
    ...withFiles(before, request),
    environmentClass: request.EnvironmentClass ?? before.environmentClass,
    executionRoleArn: request.ExecutionRoleArn ?? before.executionRoleArn,
    sourceBucketArn: request.SourceBucketArn ?? before.sourceBucketArn,
    dagS3Path: request.DagS3Path ?? before.dagS3Path,
    securityGroupIds: request.NetworkConfiguration?.SecurityGroupIds ?? before.securityGroupIds,
    configuration: configuration === undefined ? before.configuration : configuration,
    minWorkers: request.MinWorkers ?? before.minWorkers,
    maxWorkers: request.MaxWorkers ?? before.maxWorkers,
    minWebservers: request.MinWebservers ?? before.minWebservers,
    maxWebservers: request.MaxWebservers ?? before.maxWebservers,
    schedulers: request.Schedulers ?? before.schedulers,
    logging: mergedLogging(before.logging, request),
    weeklyMaintenanceWindowStart: request.WeeklyMaintenanceWindowStart ?? before.weeklyMaintenanceWindowStart,
    webserverAccessMode: request.WebserverAccessMode ?? before.webserverAccessMode,
  };
}

/**
 * What class, version and quotas allow (MWAA user guide: environment class, quotas; API reference).
 * @throws UnknownEnvironmentClass, WorkerLimits, InvalidRequest
 */
export function checkSettings(settings: EnvironmentSettings, pool: Pool): void {
  const { environmentClass, minWorkers, maxWorkers, minWebservers, maxWebservers, schedulers } = settings;
  const size = sizeOf(environmentClass);
  limit("MaxWorkers", maxWorkers, 1, Math.min(size.workers.most, pool.quotas.workers), environmentClass);
  limit("MinWebservers", minWebservers, size.webservers.least, size.webservers.most, environmentClass);
  limit("MaxWebservers", maxWebservers, size.webservers.least, size.webservers.most, environmentClass);
  limit("Schedulers", schedulers, size.schedulers.least, size.schedulers.most, environmentClass);
  ordered("MinWorkers", minWorkers, "MaxWorkers", maxWorkers);
  ordered("MinWebservers", minWebservers, "MaxWebservers", maxWebservers);
  pinned(settings);
  if (settings.webserverAccessMode === "PUBLIC_AND_PRIVATE" && !isAtLeast(settings.airflowVersion, [3, 2])) {
    throw new HangarError(
      "InvalidRequest",
      `WebserverAccessMode PUBLIC_AND_PRIVATE needs Airflow 3.2 or newer; this environment has ${settings.airflowVersion}. Use PUBLIC_ONLY or PRIVATE_ONLY.`,
    );
  }
}

/** Options MWAA does not let anybody set (MWAA user guide: configuration options). */
const notSettable: readonly string[] = ["core.multi_team", "triggerer.queues_enabled"];

/** @throws InvalidRequest naming every option that cannot be set; values are never named: they may be secret */
export function checkOptions(options: Readonly<Record<string, string>> | null | undefined): void {
  const refused = Object.keys(options ?? {}).filter((key) => notSettable.includes(key));
  if (refused.length === 0) return;
  throw new HangarError(
    "InvalidRequest",
    `AirflowConfigurationOptions cannot set ${refused.join(" and ")}: the service decides ${refused.length > 1 ? "them" : "it"}. Leave ${refused.length > 1 ? "them" : "it"} out.`,
  );
}

/** How many tasks of each kind run, and where that is fewer than asked for, why (design, section 10). */
export function replicas(settings: EnvironmentSettings, pool: Pool) {
  const single = pool.zones === 1;
  const counts: Readonly<Record<TaskRole, number>> = {
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

function sizeOf(environmentClass: string) {
  const size = Object.hasOwn(environmentClasses, environmentClass) ? environmentClasses[environmentClass] : undefined;
  if (size) return size;
  throw new HangarError(
    "UnknownEnvironmentClass",
    `EnvironmentClass '${environmentClass}' does not exist. Choose one of: ${Object.keys(environmentClasses).join(", ")}.`,
  );
}

/** MWAA's own: task logs on, the rest off. */
const usualLogging = Object.fromEntries(
  logModules.map((module) => [module, { enabled: module === "TaskLogs", level: "INFO" as const }]),
) as EnvironmentSettings["logging"];

function mergedLogging(
  before: EnvironmentSettings["logging"],
  request: Pick<CreateEnvironmentRequest, "LoggingConfiguration">,
): EnvironmentSettings["logging"] {
  const entries = logModules.map((module) => {
    const asked = request.LoggingConfiguration?.[module];
    return [module, asked ? { enabled: asked.Enabled, level: asked.LogLevel } : before[module]];
  });
  return Object.fromEntries(entries) as EnvironmentSettings["logging"];
}

function withFiles(before: EnvironmentSettings, request: UpdateEnvironmentRequest): EnvironmentSettings {
  const files: Record<string, string> = {};
  for (const { member, setting } of uploadedFiles) {
    const askedPath = request[`${member}S3Path`];
    const askedVersion = request[`${member}S3ObjectVersion`];
    const path = askedPath === undefined ? before[`${setting}S3Path`] : askedPath;
    const kept = askedPath === undefined ? before[`${setting}S3ObjectVersion`] : undefined;
    const version = askedVersion === undefined ? kept : askedVersion;
    if (path != null) files[`${setting}S3Path`] = path;
    if (version != null) files[`${setting}S3ObjectVersion`] = version;
  }
  const own = uploadedFiles.flatMap(({ setting }) => [`${setting}S3Path`, `${setting}S3ObjectVersion`]);
  const others = Object.entries(before).filter(([name]) => !own.includes(name));
  return { ...Object.fromEntries(others), ...files } as unknown as EnvironmentSettings;
}

/** The service chooses a window when none is given: spread over the quiet hours of the week by the id. */
function windowOf(environmentId: string): string {
  const number = [...environmentId].reduce((sum, character) => (Math.imul(sum, 31) + character.charCodeAt(0)) >>> 0, 7);
  const day = ["SAT", "SUN"][number % 2];
  const hour = String((number >>> 4) % 6).padStart(2, "0");
  return `${day}:${hour}:${(number >>> 8) % 2 ? "30" : "00"}`;
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
function pinned(settings: EnvironmentSettings): void {
  for (const { member, setting } of uploadedFiles) {
    if (settings[`${setting}S3ObjectVersion`] !== undefined && settings[`${setting}S3Path`] === undefined) {
      throw new HangarError(
        "InvalidRequest",
        `${member}S3ObjectVersion is given without ${member}S3Path. Name the object it is a version of.`,
      );
    }
  }
}

/** Whether a version of ours is at least this one, major and minor. */
function isAtLeast(airflowVersion: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = airflowVersion.split(".").map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
