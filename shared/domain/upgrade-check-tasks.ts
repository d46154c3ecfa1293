// The one-off tasks of an upgrade check. All run in the image of the version it is about, and none is a task of the environment.
import type { EnvironmentItem } from "./items.ts";
import { layerParts } from "./layer.ts";
import { onlineCopyTask } from "./online-copy.ts";
import type { Pool } from "./pool.ts";
import { databaseServer, type TaskSpec } from "./service-specs.ts";
import { type CheckNames, checkNames, type CheckStep, type UpgradeCheck } from "./upgrade-check-item.ts";
import { migrationTask } from "./upgrade-tasks.ts";

/** What all imports of DAG files may take together. */
const importSeconds = 1200;

/** Each started once: its family is its start token too. */
export function checkTask(environment: EnvironmentItem, check: UpgradeCheck, step: CheckStep, pool: Pool): TaskSpec {
  const names = checkNames(environment.environmentId, check);
  if (step === "copy") return copyTaskOf(environment, check, names, pool);
  if (step === "migrate") return migrationTaskOf(environment, check, names, pool);
  return tryTask(environment, check, names, pool);
}

const copyTaskOf = (
  { environmentId }: EnvironmentItem,
  { image, source }: UpgradeCheck,
  { reader, secretName, copy, copyId }: CheckNames,
  pool: Pool,
): TaskSpec =>
  onlineCopyTask({ environmentId, id: copyId, image, source, target: copy.database, role: reader, secretName }, pool)
    .task;

/** That of an upgrade, on the check's copy. */
function migrationTaskOf(environment: EnvironmentItem, check: UpgradeCheck, names: CheckNames, pool: Pool): TaskSpec {
  const { resourceGeneration: generation } = environment;
  const settings = { ...environment.settings, airflowVersion: check.to };
  const { database: metadataDatabase, role: metadataRole } = names.copy;
  const onCopy = { ...environment.names, metadataDatabase, metadataRole };
  const given = { environment, generation, image: check.image, settings, names: onCopy, operationId: check.id };
  return { ...migrationTask(given, pool), family: names.migrateFamily };
}

/**
 * `hangar-agent check-upgrade`: users' code runs in it, so it has the builder's role; with a migrated copy at hand, that copy's
 * login and the key that opens its connections, as the environment's own tasks have theirs.
 */
function tryTask(environment: EnvironmentItem, check: UpgradeCheck, names: CheckNames, pool: Pool): TaskSpec {
  const { environmentId, names: own } = environment;
  const onCopy = check.migrated !== undefined;
  const copy = {
    ...databaseServer(pool),
    HANGAR_METADATA_DATABASE: names.copy.database,
    HANGAR_METADATA_USER: names.copy.role,
  };
  return {
    family: names.tryFamily,
    image: check.image,
    command: ["hangar-agent", "check-upgrade"],
    cpu: 1024,
    memoryMegabytes: pool.machineMemory?.layer ?? 4096,
    environment: {
      HANGAR_ENVIRONMENT_ID: environmentId,
      HANGAR_AIRFLOW_VERSION: check.to,
      HANGAR_CONTROL_BUCKET: pool.controlBucket,
      HANGAR_CONTROL_PREFIX: own.prefix,
      HANGAR_CHECK_ID: check.id,
      ...(onCopy ? copy : {}),
    },
    role: "builder",
    secretName: own.secret,
    secrets: onCopy ? { HANGAR_METADATA_PASSWORD: "metadataPassword", HANGAR_FERNET_KEY: "fernetKey" } : {},
    stopTimeoutSeconds: 30,
  };
}

/** What the task reads: `upgrade-checks/<id>/request.json`. */
export function checkRequestDocument({ id, from, to, image, release, layer }: UpgradeCheck) {
  const files = layerParts.map((part) => {
    const file = layer?.files[part];
    return [part, file ? { sha256: file.sha256, size: file.size } : null] as const;
  });
  return {
    ...{ schema: 1, id, fromVersion: from, airflowVersion: to, image, importSeconds },
    release: release && { id: release.id, manifest: release.manifest },
    ...Object.fromEntries(files),
  };
}
