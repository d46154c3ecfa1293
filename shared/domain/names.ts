// Physical names: a short environment id plus a generation, never the user's name, never reused (design, section 4).
import type { Pool } from "./pool.ts";

export interface ResourceNames {
  readonly metadataDatabase: string;
  readonly metadataRole: string;
  readonly celeryDatabase: string;
  readonly celeryRole: string;
  readonly queue: string;
  readonly secret: string;
  /** The key pair of sign-in tokens: read by the control plane only. Empty where an earlier version made the environment. */
  readonly signInSecret: string;
  /** Prefix of the control bucket, with its closing slash. */
  readonly prefix: string;
  readonly targetGroup: string;
  /** Host of the environment's stable address, without scheme and port. */
  readonly webHost: string;
  /** `WebserverUrl` on the wire: bare host, with a port where it is not the scheme's own. */
  readonly webserver: string;
  /** With scheme: what Airflow and its tasks call. */
  readonly webUrl: string;
  readonly services: Readonly<Record<TaskRole, string>>;
}

/** The kinds of task an environment is made of. */
export const taskRoles = ["web", "scheduler", "worker"] as const;
export type TaskRole = (typeof taskRoles)[number];

/**
 * The names of one environment's resources at one generation.
 * @param environmentId `e` followed by ten characters of `[a-z0-9]`, random
 */
export function resourceNames(environmentId: string, generation: number, pool: Pool): ResourceNames {
  const base = `hangar-${environmentId}`;
  const webHost = pool.web.kind === "domain" ? `${environmentId}.${pool.web.domain}` : loopbackHost(environmentId);
  const webserver = pool.web.kind === "domain" ? webHost : `${webHost}:${pool.web.port}`;
  return {
    metadataDatabase: `hangar_${environmentId}`,
    metadataRole: `hangar_${environmentId}`,
    celeryDatabase: `hangar_${environmentId}_celery`,
    celeryRole: `hangar_${environmentId}_celery`,
    queue: `airflow-celery-${environmentId}-g${generation}`,
    secret: `hangar/environments/${environmentId}`,
    signInSecret: `hangar/sign-in/${environmentId}`,
    prefix: `environments/${environmentId}/`,
    targetGroup: `${base}-g${generation}`,
    webHost,
    webserver,
    webUrl: `${pool.web.scheme}://${webserver}`,
    services: {
      web: serviceName(environmentId, "web", generation),
      scheduler: serviceName(environmentId, "scheduler", generation),
      worker: serviceName(environmentId, "worker", generation),
    },
  };
}

/** A service's name: its task family carries the same. */
export const serviceName = (environmentId: string, role: TaskRole, generation: number): string =>
  `hangar-${environmentId}-${role}-g${generation}`;

/** The generation a service's name carries: what its tasks have as HANGAR_GENERATION. */
export const serviceGeneration = (name: string): number => Number(/-g(\d+)$/.exec(name)?.[1]);

export const environmentArn = (name: string, pool: Pool): string =>
  `arn:${pool.partition}:airflow:${pool.region}:${pool.accountId}:environment/${name}`;

export const queueArn = (names: ResourceNames, pool: Pool): string =>
  `arn:${pool.partition}:sqs:${pool.region}:${pool.accountId}:${names.queue}`;

/** The name template databases of one Airflow version carry. */
export const templateDatabase = (airflowVersion: string): string =>
  `hangar_template_${airflowVersion.replaceAll(".", "_")}`;

/** The bucket an S3 bucket ARN names. */
export const bucketOfArn = (arn: string): string => arn.slice(arn.lastIndexOf(":") + 1);

/**
 * A loopback address of the environment's own, so that cookies of two environments do not mix: cookies ignore ports.
 * Three octets from the id; 127.64–127.127 stays clear of addresses people use by hand.
 */
function loopbackHost(environmentId: string): string {
  let hash = 2166136261;
  for (const character of environmentId) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619) >>> 0;
  const octet = (shift: number, least: number, span: number) => least + (((hash >>> shift) & 0xff) % span);
  return `127.${octet(24, 64, 64)}.${octet(12, 0, 256)}.${octet(0, 1, 254)}`;
}
