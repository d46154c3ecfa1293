// What an upgrade has the container service run: three one-off tasks, and services that are held until the commit.
import type { EnvironmentItem, EnvironmentSettings } from "./items.ts";
import type { ResourceNames } from "./names.ts";
import type { Pool } from "./pool.ts";
import { databaseServer, type ServiceSpec, type TaskSpec } from "./service-specs.ts";

/** The one-off task that copies the sealed database: it logs in with a role that can do nothing else. */
export interface CopyTask {
  readonly task: TaskSpec;
  /** Its login role, made for this one copy. */
  readonly role: string;
  readonly secretName: string;
}

interface Names {
  readonly database: string;
  readonly role: string;
}

/** Names of what the upgrade to a generation makes for its one-off tasks. */
export const oneOffNames = (environmentId: string, generation: number) => ({
  role: `hangar_${environmentId}_g${generation}_copier`,
  secretName: `hangar/copies/${environmentId}-g${generation}`,
  copyFamily: `hangar-${environmentId}-copy-g${generation}`,
  migrateFamily: `hangar-${environmentId}-migrate-g${generation}`,
  imageFamily: `hangar-${environmentId}-image-g${generation}`,
});

/**
 * `hangar-agent --help`, which does nothing: that it runs shows that the image is there and starts, before anything is stopped
 * for it. Where images are made or fetched when they are first used, it also takes that time out of the pause.
 */
export const imageTask = (given: {
  readonly environment: Pick<EnvironmentItem, "environmentId">;
  readonly generation: number;
  readonly image: string;
}): TaskSpec => ({
  family: oneOffNames(given.environment.environmentId, given.generation).imageFamily,
  image: given.image,
  command: ["hangar-agent", "--help"],
  // the least there is: all the old tasks run beside it
  ...{ cpu: 256, memoryMegabytes: 512, environment: {}, secrets: {}, secretName: "", stopTimeoutSeconds: 30 },
});

/** The only queue a held worker listens to. */
export const canaryQueue = (names: Pick<ResourceNames, "queue">): string => `${names.queue}-canary`;

/**
 * `hangar-agent copy-database`: one CREATE DATABASE from a sealed one. A task, because it may take longer than a function
 * may run. It logs in to the database that is not migrated, so no environment's password is in it.
 */
export function copyTask(
  given: {
    readonly environment: Pick<EnvironmentItem, "environmentId">;
    readonly generation: number;
    readonly image: string;
    readonly original: Names;
    readonly copy: Names;
  },
  pool: Pool,
): CopyTask {
  const { role, secretName, copyFamily: family } = oneOffNames(given.environment.environmentId, given.generation);
  return {
    role,
    secretName,
    task: {
      family,
      image: given.image,
      command: ["hangar-agent", "copy-database"],
      ...oneOffSize(pool),
      environment: {
        ...databaseServer(pool),
        HANGAR_COPY_SOURCE: given.original.database,
        HANGAR_COPY_TARGET: given.copy.database,
        HANGAR_COPY_USER: role,
      },
      secretName,
      secrets: { HANGAR_COPY_PASSWORD: "metadataPassword" },
      stopTimeoutSeconds: 30,
    },
  };
}

/**
 * `hangar-agent migrate-copy`: counts, `airflow db migrate` with the target's image, counts again and decrypts, and writes
 * into the copy what became of it (`hangar.migration`). Begun once, it never begins again.
 */
export function migrationTask(
  given: {
    readonly environment: Pick<EnvironmentItem, "environmentId" | "name">;
    readonly generation: number;
    readonly image: string;
    readonly settings: EnvironmentSettings;
    readonly names: ResourceNames;
    readonly operationId: string;
  },
  pool: Pool,
): TaskSpec {
  const { environmentId, name } = given.environment;
  return {
    family: oneOffNames(environmentId, given.generation).migrateFamily,
    image: given.image,
    command: ["hangar-agent", "migrate-copy"],
    ...oneOffSize(pool),
    environment: {
      ...databaseServer(pool),
      HANGAR_ENVIRONMENT_ID: environmentId,
      HANGAR_ENVIRONMENT_NAME: name,
      HANGAR_AIRFLOW_VERSION: given.settings.airflowVersion,
      HANGAR_OPERATION_ID: given.operationId,
      HANGAR_METADATA_DATABASE: given.names.metadataDatabase,
      HANGAR_METADATA_USER: given.names.metadataRole,
    },
    secretName: given.names.secret,
    secrets: { HANGAR_METADATA_PASSWORD: "metadataPassword", HANGAR_FERNET_KEY: "fernetKey" },
    stopTimeoutSeconds: 30,
  };
}

/**
 * Services that run nothing but the canary until control.json says that their generation is the live one: an agent that
 * finds a canary queue in its task keeps to it (dataplane/README.md, "Held").
 */
export const heldServices = (
  services: readonly ServiceSpec[],
  queue: string,
  pool: Pick<Pool, "queueUrlPrefix">,
): readonly ServiceSpec[] =>
  services.map((spec) => ({
    ...spec,
    task: {
      ...spec.task,
      environment: {
        ...spec.task.environment,
        HANGAR_CANARY_QUEUE_NAME: queue,
        HANGAR_CANARY_QUEUE_URL: `${pool.queueUrlPrefix}${queue}`,
      },
    },
  }));

/** What copying and migrating take: little of a processor, and memory for one Airflow. */
export const oneOffSize = (pool: Pool) => ({ cpu: 1024, memoryMegabytes: pool.machineMemory?.migrate ?? 2048 });
