// The five log groups of an environment (MWAA user guide: monitoring logs): their names, what goes into each, and which
// tasks are told of them. A group exists for an enabled module only; the tasks make it, and nothing ever deletes it.
import type { EnvironmentSettings } from "./items.ts";
import { type TaskRole, taskRoles } from "./names.ts";
import type { Pool } from "./pool.ts";
import { type LogModule, logModules } from "./requests.ts";

interface LogGroup {
  /** What its name ends with, and its key in HANGAR_LOGGING (dataplane/README.md). */
  readonly suffix: "DAGProcessing" | "Scheduler" | "Task" | "WebServer" | "Worker";
  /** Whose tasks write to it or read it, and so are replaced when its module changes. */
  readonly roles: readonly TaskRole[];
  readonly reason: string;
}

export const logGroups: Readonly<Record<LogModule, LogGroup>> = {
  DagProcessingLogs: {
    suffix: "DAGProcessing",
    roles: ["scheduler"],
    reason: "The DAG processor runs beside the scheduler, and its task learns at its start what it writes where.",
  },
  SchedulerLogs: {
    suffix: "Scheduler",
    roles: ["scheduler"],
    reason: "Scheduler and triggerer learn at their start what they write where.",
  },
  TaskLogs: {
    suffix: "Task",
    roles: taskRoles,
    reason: "Workers and triggerers write task logs, web servers read them; all learn at their start where.",
  },
  WebserverLogs: {
    suffix: "WebServer",
    roles: ["web"],
    reason: "A web server learns at its start what it writes where.",
  },
  WorkerLogs: { suffix: "Worker", roles: ["worker"], reason: "A worker learns at its start what it writes where." },
};

/** The ARN of a module's group, without the `:*` some APIs put behind it. */
export const logGroupArn = (
  environmentName: string,
  module: LogModule,
  { partition, region, accountId }: Pick<Pool, "partition" | "region" | "accountId">,
): string =>
  `arn:${partition}:logs:${region}:${accountId}:log-group:airflow-${environmentName}-${logGroups[module].suffix}`;

/** What a layer's builder says belongs to whoever will run on the layer. */
const installers: readonly LogModule[] = ["SchedulerLogs", "WebserverLogs", "WorkerLogs"];

/**
 * What a task is told of logs, as a variable of its own; nothing where all its modules are off.
 * @param of a role, or the builder of a layer
 */
export function loggingVariable(
  environmentName: string,
  logging: EnvironmentSettings["logging"],
  of: TaskRole | "builder",
  pool: Pick<Pool, "partition" | "region" | "accountId">,
): Readonly<Record<string, string>> {
  const concerns = (module: LogModule) =>
    of === "builder" ? installers.includes(module) : logGroups[module].roles.includes(of);
  const told = logModules.flatMap((module) => {
    const { enabled, level } = logging[module];
    if (!enabled || !concerns(module)) return [];
    return [[logGroups[module].suffix, { group: logGroupArn(environmentName, module, pool), level }]];
  });
  return told.length === 0 ? {} : { HANGAR_LOGGING: JSON.stringify(Object.fromEntries(told)) };
}
