// Starts the one-off task that migrates a version's template database, if there is none yet: under a scratch name, so
// that a cut-off migration is never cloned. Undo drops the scratch; a promoted template is shared and never undone. Where the
// environment is made of a snapshot, it starts the copying of that instead, and undo drops the copy.
import type { CreatePlan } from "../../shared/domain/plan-create.ts";
import { drawTemplateSecrets } from "../../shared/domain/secrets.ts";
import type { Identifiers } from "../../shared/ports/clock.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { DatabaseCopies } from "../../shared/ports/database-copies.ts";
import type { Databases } from "../../shared/ports/databases.ts";
import type { SecretVault } from "../../shared/ports/secret-vault.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { secretVault } from "../../shared/runtime/provide/secret-vault.ts";
import { isCloning, startCloning, undoCloning } from "../../shared/runtime/snapshot-cloning.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly databases: Databases;
  readonly databaseCopies: DatabaseCopies;
  readonly secretVault: SecretVault;
  readonly containers: Containers;
  readonly identifiers: Identifiers;
}

export const migrateTemplate: EffectStep<Ports, CreatePlan> = {
  async run({ plan }, ports) {
    if (isCloning(plan)) return startCloning(plan, ports);
    const { databases, secretVault, containers, identifiers } = ports;
    const { template } = plan;
    if (await databases.hasTemplate(template.database)) return { migrated: "before" };
    await secretVault.ensure(template.task.secretName, drawTemplateSecrets(identifiers));
    const { metadataPassword } = await secretVault.read(template.task.secretName);
    await databases.ensureScratchTemplate(template.scratch, metadataPassword!);
    await containers.runOnce(template.task, await secretVault.arn(template.task.secretName), template.task.family);
    return { migrated: "started" };
  },
  async undo({ plan }, ports) {
    if (isCloning(plan)) return undoCloning(plan, ports);
    const { databases, secretVault, containers } = ports;
    await containers.stopOnce(plan.template.task.family, plan.template.task.family);
    await containers.forgetOnce(plan.template.task.family);
    await databases.dropScratchTemplate(plan.template.scratch);
    await secretVault.remove(plan.template.task.secretName);
  },
};

export const handler = stepHandler(migrateTemplate, () => ({
  operations: operations(),
  clock: clock(),
  databases: databases(),
  databaseCopies: databaseCopies(),
  secretVault: secretVault(),
  containers: containers(),
  identifiers: identifiers(),
}));
