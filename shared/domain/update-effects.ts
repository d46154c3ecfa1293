// What changing a member of an environment does to what runs, and why: one row a member (MWAA API: UpdateEnvironment).
import type { EnvironmentSettings } from "./items.ts";
import { logGroups } from "./log-groups.ts";
import { type TaskRole, taskRoles } from "./names.ts";
import { type LogModule, logModules, uploadedFiles } from "./requests.ts";

/**
 * From little to much. `record`: the record alone. `reload`: a new release, no task restarts. `scale`: tasks are added or
 * removed, none restarts. `roll`: every task of a role is replaced.
 */
export const effects = ["record", "reload", "scale", "roll"] as const;
export type Effect = (typeof effects)[number];

export interface PlannedChange {
  /** As in the request. */
  readonly member: string;
  /** Options are shown as their hash: they may be secret. Null: not set. */
  readonly before: unknown;
  readonly after: unknown;
  readonly effect: Effect;
  /** Whose tasks are replaced or counted anew. */
  readonly roles: readonly TaskRole[];
  readonly reason: string;
}

interface MemberRule {
  readonly member: string;
  readonly read: (settings: EnvironmentSettings) => unknown;
  readonly effect: Effect;
  readonly roles?: readonly TaskRole[];
  readonly reason: string;
  /** Where nothing runs by the member: a change from such settings to such settings is one of the record alone. */
  readonly unused?: (settings: EnvironmentSettings) => boolean;
}

const taken = "It is taken as written: no task reads it.";
const installed = "What is installed from it is loaded when a component starts.";

const rules: readonly MemberRule[] = [
  {
    member: "EnvironmentClass",
    read: (settings) => settings.environmentClass,
    effect: "roll",
    roles: taskRoles,
    reason: "A task's size and the tasks a worker runs at once are fixed when it starts.",
  },
  {
    member: "AirflowConfigurationOptions",
    read: ({ configuration }) => configuration && { sha256: configuration.sha256 },
    effect: "roll",
    roles: taskRoles,
    reason: "Airflow reads its configuration when a component starts, and every component reads it.",
  },
  {
    member: "ExecutionRoleArn",
    read: (settings) => settings.executionRoleArn,
    effect: "roll",
    roles: taskRoles,
    reason: "A task is told when it starts whose keys it lends to DAG code.",
  },
  {
    member: "SourceBucketArn",
    read: (settings) => settings.sourceBucketArn,
    effect: "reload",
    reason: "What the new bucket holds becomes a release.",
  },
  {
    member: "DagS3Path",
    read: (settings) => settings.dagS3Path,
    effect: "reload",
    reason: "What lies under the new path becomes a release.",
  },
  {
    member: "MinWorkers",
    read: (settings) => settings.minWorkers,
    effect: "scale",
    roles: ["worker"],
    reason: "Workers are added until there are as many.",
  },
  { member: "MaxWorkers", read: (settings) => settings.maxWorkers, effect: "record", reason: "A limit for scaling." },
  {
    member: "Schedulers",
    read: (settings) => settings.schedulers,
    effect: "scale",
    roles: ["scheduler"],
    reason: "Schedulers run side by side: one more or one less restarts none.",
  },
  {
    member: "MinWebservers",
    read: (settings) => settings.minWebservers,
    effect: "scale",
    roles: ["web"],
    reason: "Web servers run side by side: one more or one less restarts none.",
  },
  {
    member: "MaxWebservers",
    read: (settings) => settings.maxWebservers,
    effect: "record",
    reason: "A limit for scaling.",
  },
  {
    member: "NetworkConfiguration.SecurityGroupIds",
    read: (settings) => settings.securityGroupIds,
    effect: "record",
    reason: taken,
  },
  { member: "WebserverAccessMode", read: (settings) => settings.webserverAccessMode, effect: "record", reason: taken },
  {
    member: "WeeklyMaintenanceWindowStart",
    read: (settings) => settings.weeklyMaintenanceWindowStart,
    effect: "record",
    reason: "It says when maintenance may begin.",
  },
  ...uploadedFiles.flatMap(({ member, setting }): MemberRule[] => [
    {
      member: `${member}S3Path`,
      read: (all) => all[`${setting}S3Path`],
      effect: "roll",
      roles: taskRoles,
      reason: installed,
    },
    {
      member: `${member}S3ObjectVersion`,
      read: (all) => all[`${setting}S3ObjectVersion`],
      effect: "roll",
      roles: taskRoles,
      reason: installed,
    },
  ]),
  ...logModules.map(
    (module: LogModule): MemberRule => ({
      member: `LoggingConfiguration.${module}`,
      read: ({ logging }) => ({ Enabled: logging[module].enabled, LogLevel: logging[module].level }),
      effect: "roll",
      roles: logGroups[module].roles,
      reason: logGroups[module].reason,
      unused: ({ logging }) => !logging[module].enabled,
    }),
  ),
];

type Counts = Readonly<Record<TaskRole, number>>;

/**
 * The members that differ, in the order above: what restarts most comes first.
 * @param counts tasks that run before and after: a member that only availability asks for changes nothing where the
 * pool collapses replicas to one
 */
export function plannedChanges(
  before: EnvironmentSettings,
  after: EnvironmentSettings,
  counts: { readonly before: Counts; readonly after: Counts },
): readonly PlannedChange[] {
  return rules.flatMap((rule): PlannedChange[] => {
    const [was, is] = [rule.read(before) ?? null, rule.read(after) ?? null];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    const roles = rule.roles ?? [];
    const change = { member: rule.member, before: was, after: is, roles };
    if (rule.effect === "scale" && roles.every((role) => counts.before[role] === counts.after[role]))
      return [{ ...change, roles: [], effect: "record", reason: "As many tasks as before run with it." }];
    if (rule.unused?.(before) && rule.unused(after))
      return [{ ...change, roles: [], effect: "record", reason: "It is off before and after: no task reads it." }];
    return [{ ...change, effect: rule.effect, reason: rule.reason }];
  });
}

/** The greatest of the effects; null for none. */
export const greatest = (changes: readonly Pick<PlannedChange, "effect">[]): Effect | null =>
  effects.findLast((effect) => changes.some((change) => change.effect === effect)) ?? null;
