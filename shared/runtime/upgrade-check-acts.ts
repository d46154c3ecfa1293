// What an upgrade check does: starts its tasks, and removes all it has made. Each is safe to repeat and to be cut off anywhere.
import type { EnvironmentItem } from "../domain/items.ts";
import { environmentClasses } from "../domain/offerings.ts";
import type { Pool } from "../domain/pool.ts";
import { checkNames, checkRequestKey, type CheckStep, type UpgradeCheck } from "../domain/upgrade-check-item.ts";
import { checkRequestDocument, checkTask } from "../domain/upgrade-check-tasks.ts";
import type { Identifiers } from "../ports/clock.ts";
import type { Containers } from "../ports/containers.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { DatabaseCopies } from "../ports/database-copies.ts";
import type { SecretVault } from "../ports/secret-vault.ts";

export interface CheckActPorts {
  readonly containers: Containers;
  readonly controlBucket: ControlBucket;
  readonly databaseCopies: DatabaseCopies;
  readonly secretVault: SecretVault;
  readonly identifiers: Identifiers;
  readonly pool: Pool;
}

/** Starts the task of a step, with what it needs; the record says already that it is begun. */
export async function startCheckStep(
  environment: EnvironmentItem,
  check: UpgradeCheck,
  step: CheckStep,
  ports: CheckActPorts,
): Promise<void> {
  const { containers, controlBucket, databaseCopies, secretVault, identifiers, pool } = ports;
  const { names, environmentId, settings } = environment;
  const { reader, secretName, copy } = checkNames(environmentId, check);
  const task = checkTask(environment, check, step, pool);
  if (step === "copy") {
    await secretVault.ensure(secretName, { metadataPassword: identifiers.secret(24) });
    const { metadataPassword } = await secretVault.read(secretName); // of an earlier hand, perhaps
    await databaseCopies.ensureReader(reader, metadataPassword!, check.source, copy.database);
    return containers.runOnce(task, await secretVault.arn(secretName), task.family);
  }
  if (step === "migrate") {
    const { metadataPassword } = await secretVault.read(names.secret);
    const connectionLimit = environmentClasses[settings.environmentClass]!.databaseConnections;
    await databaseCopies.handOver(copy, reader, { password: metadataPassword!, connectionLimit });
  }
  if (step === "try")
    await controlBucket.putLayerText(
      names.prefix,
      checkRequestKey(check.id),
      JSON.stringify(checkRequestDocument(check)),
    );
  const secretArn = Object.keys(task.secrets).length > 0 ? await secretVault.arn(names.secret) : null;
  await containers.runOnce(task, secretArn, task.family);
}

/** Stops what runs and removes what is left: tasks first, then the copy, then the role that copied. */
export async function clearCheck(
  { environmentId }: Pick<EnvironmentItem, "environmentId">,
  check: UpgradeCheck,
  { containers, databaseCopies, secretVault }: CheckActPorts,
): Promise<void> {
  const { copyFamily, migrateFamily, tryFamily, copy, reader, secretName } = checkNames(environmentId, check);
  const families = check.rehearse ? [copyFamily, migrateFamily, tryFamily] : [tryFamily];
  for (const family of families) {
    await containers.stopOnce(family, family);
    await containers.forgetOnce(family);
  }
  if (!check.rehearse) return;
  await databaseCopies.dropCopy(copy);
  await databaseCopies.dropReader(reader, check.source);
  await secretVault.remove(secretName);
}
