// What ECS gets for one environment: three services of tasks, and the one-off task that migrates a template.
import type { EnvironmentItem, EnvironmentSettings } from "./items.ts";
import { loggingVariable } from "./log-groups.ts";
import { airflowMajor, environmentClasses } from "./offerings.ts";
import { type ResourceNames, type TaskRole, taskRoles, templateDatabase } from "./names.ts";
import type { Pool } from "./pool.ts";

/** A task definition's content, as far as Hangar decides it. Secrets are named, never held. */
export interface TaskSpec {
  readonly family: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly cpu: number;
  readonly memoryMegabytes: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Whose AWS rights it has; absent: those of a task that runs Airflow. */
  readonly role?: "builder";
  /** Variable → key in the environment's secret. */
  readonly secrets: Readonly<Record<string, SecretKey>>;
  readonly secretName: string;
  readonly containerPort?: number;
  readonly stopTimeoutSeconds: number;
}

export interface ServiceSpec {
  readonly role: TaskRole;
  readonly name: string;
  readonly desiredCount: number;
  readonly task: TaskSpec;
  /** Registered behind the environment's address. */
  readonly behindAddress: boolean;
}

/** The separate random values of one environment (design, section 5; Airflow security guide). */
export const secretKeys = [
  "fernetKey",
  "apiSecretKey",
  "jwtSecret",
  "metadataPassword",
  "celeryPassword",
  "signInPublicKey",
] as const;
export type SecretKey = (typeof secretKeys)[number];

export const webContainerPort = 8080;

/** Only web tasks sign people in. */
const webSecrets = { HANGAR_SIGN_IN_PUBLIC_KEY: "signInPublicKey" } as const;

interface Subject {
  readonly arn: string;
  readonly environmentId: string;
  readonly name: string;
  readonly settings: EnvironmentSettings;
  readonly names: ResourceNames;
  readonly generation: number;
  readonly image: string;
  readonly counts: Readonly<Record<TaskRole, number>>;
}

/** The services of one generation. Pure: the same subject gives the same specs, so a repeated deploy changes nothing. */
export function serviceSpecs(subject: Subject, pool: Pool): readonly ServiceSpec[] {
  const size = environmentClasses[subject.settings.environmentClass];
  if (!size) throw new Error(`No such class: ${subject.settings.environmentClass}.`);
  const environment = commonEnvironment(subject, size.tasksPerWorker, pool);
  return taskRoles.map((role) => ({
    role,
    name: subject.names.services[role],
    desiredCount: subject.counts[role],
    behindAddress: role === "web",
    task: {
      family: subject.names.services[role],
      image: subject.image,
      command: ["hangar-agent", "run", "--role", role],
      cpu: size[role].cpu,
      memoryMegabytes: pool.machineMemory?.[role] ?? size[role].memoryMegabytes,
      environment: { ...environment, ...loggingVariable(subject.name, subject.settings.logging, role, pool) },
      secretName: subject.names.secret,
      secrets: {
        HANGAR_FERNET_KEY: "fernetKey",
        HANGAR_API_SECRET_KEY: "apiSecretKey",
        HANGAR_JWT_SECRET: "jwtSecret",
        HANGAR_METADATA_PASSWORD: "metadataPassword",
        HANGAR_CELERY_PASSWORD: "celeryPassword",
        ...(role === "web" ? webSecrets : {}),
      },
      ...(role === "web" ? { containerPort: webContainerPort } : {}),
      stopTimeoutSeconds: role === "worker" ? 120 : 30,
    },
  }));
}

/** The wire between control plane and agent; documented in dataplane/README.md. */
function commonEnvironment(subject: Subject, slots: number, pool: Pool): Record<string, string> {
  const { names, settings } = subject;
  return {
    HANGAR_ENVIRONMENT_ID: subject.environmentId,
    HANGAR_ENVIRONMENT_NAME: subject.name,
    HANGAR_ENVIRONMENT_ARN: subject.arn,
    HANGAR_EXECUTION_ROLE_ARN: settings.executionRoleArn,
    HANGAR_AIRFLOW_VERSION: settings.airflowVersion,
    HANGAR_GENERATION: String(subject.generation),
    HANGAR_CONTROL_BUCKET: pool.controlBucket,
    HANGAR_CONTROL_PREFIX: names.prefix,
    HANGAR_POLL_SECONDS: String(pool.agentPollSeconds),
    HANGAR_METRIC_SECONDS: String(pool.scaling.metricSeconds),
    HANGAR_QUEUE_NAME: names.queue,
    HANGAR_QUEUE_URL: `${pool.queueUrlPrefix}${names.queue}`,
    HANGAR_WEB_URL: names.webUrl,
    HANGAR_WEB_PORT: String(webContainerPort),
    ...databaseServer(pool),
    HANGAR_METADATA_DATABASE: names.metadataDatabase,
    HANGAR_METADATA_USER: names.metadataRole,
    HANGAR_CELERY_DATABASE: names.celeryDatabase,
    HANGAR_CELERY_USER: names.celeryRole,
    HANGAR_WORKER_SLOTS: String(slots),
    ...(settings.configuration ? { HANGAR_CONFIGURATION_KEY: settings.configuration.key } : {}),
    ...(pool.sharedLogFolder ? { HANGAR_LOG_FOLDER: `${pool.sharedLogFolder}/${subject.environmentId}` } : {}),
  };
}

/** Airflow and the agent encrypt where the server wants it; the server's certificate is checked by the control plane. */
export const databaseServer = ({ database }: Pool): Record<string, string> => ({
  HANGAR_DATABASE_HOST: database.host,
  HANGAR_DATABASE_PORT: String(database.port),
  ...(database.sslMode === "disable" ? {} : { HANGAR_DATABASE_SSL_MODE: "require" }),
});

/** How an environment is reached: one target group and host, whatever generation of web tasks stands behind them. */
export const addressOf = (names: ResourceNames, airflowVersion: string) => ({
  targetGroup: names.targetGroup,
  host: names.webHost,
  healthPath: airflowMajor(airflowVersion) === 2 ? "/health" : "/api/v2/version",
});

/** Names of one create's own migration: a database nobody clones, the secret of its role, its task's family. */
export interface ScratchTemplate {
  readonly database: string;
  readonly secretName: string;
  /** Also the task's start token: an environment migrates at most one template. */
  readonly family: string;
}

export const scratchTemplate = (airflowVersion: string, environmentId: string): ScratchTemplate => ({
  database: `${templateDatabase(airflowVersion)}_${environmentId}`,
  secretName: `hangar/templates/${airflowVersion}-${environmentId}`,
  family: `hangar-${environmentId}-migrate`,
});

/**
 * The one-off task that runs `airflow db migrate` on a scratch template. Not an environment's own: it has a database
 * role of its own, so no environment's password opens the template (design, section 5).
 */
export function migrateTemplateTask(
  airflowVersion: string,
  image: string,
  scratch: ScratchTemplate,
  pool: Pool,
): TaskSpec {
  return {
    family: scratch.family,
    image,
    command: ["hangar-agent", "migrate"],
    cpu: 1024,
    memoryMegabytes: pool.machineMemory?.migrate ?? 2048,
    environment: {
      HANGAR_ENVIRONMENT_ID: "template",
      HANGAR_ENVIRONMENT_NAME: "template",
      HANGAR_AIRFLOW_VERSION: airflowVersion,
      ...databaseServer(pool),
      HANGAR_METADATA_DATABASE: scratch.database,
      HANGAR_METADATA_USER: scratch.database,
    },
    secretName: scratch.secretName,
    secrets: { HANGAR_METADATA_PASSWORD: "metadataPassword", HANGAR_FERNET_KEY: "fernetKey" },
    stopTimeoutSeconds: 30,
  };
}

/** The subject of an environment's record at its current generation. */
export function subjectOf(
  environment: Pick<EnvironmentItem, "arn" | "environmentId" | "name" | "settings" | "names">,
  plan: {
    readonly resourceGeneration: number;
    readonly image: string;
    readonly counts: Readonly<Record<TaskRole, number>>;
  },
): Subject {
  return {
    arn: environment.arn,
    environmentId: environment.environmentId,
    name: environment.name,
    settings: environment.settings,
    names: environment.names,
    generation: plan.resourceGeneration,
    image: plan.image,
    counts: plan.counts,
  };
}
