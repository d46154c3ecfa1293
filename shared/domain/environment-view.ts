// The record as GetEnvironment shows it (MWAA API: Environment). Members a user did not set stay absent: clients such
// as Terraform read an invented value as a difference.
import type { EnvironmentItem } from "./items.ts";
import { logGroupArn } from "./log-groups.ts";
import { queueArn } from "./names.ts";
import type { Pool } from "./pool.ts";
import { type LogModule, logModules } from "./requests.ts";
import { snapshotView } from "./upgrade-view.ts";
import { supportOf, supportView } from "./version-support.ts";
import { maintenanceView } from "./window-view.ts";
import { withoutAbsent } from "./without-absent.ts";

/**
 * The wire form. Times are epoch seconds.
 * @param options the decrypted AirflowConfigurationOptions, or null when none were given
 * @param now milliseconds since the epoch
 */
export function environmentView(
  item: EnvironmentItem,
  pool: Pool,
  options: Readonly<Record<string, string>> | null,
  now: number,
): Record<string, unknown> {
  const { settings } = item;
  return withoutAbsent({
    Name: item.name,
    Arn: item.arn,
    Status: item.status,
    CreatedAt: item.createdAt / 1000,
    WebserverUrl: item.names.webserver,
    ExecutionRoleArn: settings.executionRoleArn,
    ServiceRoleArn: `arn:${pool.partition}:iam::${pool.accountId}:role/aws-service-role/airflow.amazonaws.com/AWSServiceRoleForAmazonMWAA`,
    KmsKey: settings.kmsKey,
    AirflowVersion: settings.airflowVersion,
    SourceBucketArn: settings.sourceBucketArn,
    DagS3Path: settings.dagS3Path,
    PluginsS3Path: settings.pluginsS3Path,
    PluginsS3ObjectVersion: settings.pluginsS3ObjectVersion,
    RequirementsS3Path: settings.requirementsS3Path,
    RequirementsS3ObjectVersion: settings.requirementsS3ObjectVersion,
    StartupScriptS3Path: settings.startupScriptS3Path,
    StartupScriptS3ObjectVersion: settings.startupScriptS3ObjectVersion,
    AirflowConfigurationOptions: options ?? undefined,
    EnvironmentClass: settings.environmentClass,
    MinWorkers: settings.minWorkers,
    MaxWorkers: settings.maxWorkers,
    MinWebservers: settings.minWebservers,
    MaxWebservers: settings.maxWebservers,
    Schedulers: settings.schedulers,
    NetworkConfiguration: { SubnetIds: settings.subnetIds, SecurityGroupIds: settings.securityGroupIds },
    LoggingConfiguration: Object.fromEntries(logModules.map((module) => [module, moduleView(item, module, pool)])),
    LastUpdate: lastUpdateView(item),
    WeeklyMaintenanceWindowStart: settings.weeklyMaintenanceWindowStart,
    WebserverAccessMode: settings.webserverAccessMode,
    EndpointManagement: settings.endpointManagement,
    CeleryExecutorQueue: queueArn(item.names, pool),
    Tags: item.tags,
    Hangar: {
      EnvironmentId: item.environmentId,
      OperationId: item.operationId ?? undefined,
      Workers: withoutAbsent({
        Wanted: item.workers,
        Draining: new Set(item.drains.flatMap(({ tasks }) => tasks ?? [])).size,
        ChangedAt: item.scaling?.changedAt ? item.scaling.changedAt / 1000 : undefined,
        Reason: item.scaling?.reason,
      }),
      Support: supportView(supportOf(settings.airflowVersion, now, item.name)),
      Maintenance: maintenanceView(item, pool, now),
      Snapshots: (item.snapshots ?? []).map(snapshotView),
      Collapsed: item.collapsed.map((entry) => ({
        Member: entry.member,
        Asked: entry.asked,
        Runs: entry.runs,
        Reason: entry.reason,
      })),
    },
  });
}

function moduleView(item: EnvironmentItem, module: LogModule, pool: Pool) {
  const { enabled, level } = item.settings.logging[module];
  const group = enabled ? logGroupArn(item.name, module, pool) : undefined;
  return withoutAbsent({ Enabled: enabled, LogLevel: level, CloudWatchLogGroupArn: group });
}

function lastUpdateView(item: EnvironmentItem) {
  const { status, createdAt, source, error, workerReplacementStrategy } = item.lastUpdate;
  return withoutAbsent({
    Status: status,
    CreatedAt: createdAt / 1000,
    Source: source,
    Error: error ? { ErrorCode: error.code, ErrorMessage: error.message } : undefined,
    WorkerReplacementStrategy: workerReplacementStrategy,
  });
}
