// Clones the metadata database from the template, or takes over the copy of a snapshot, and makes the empty result database, each
// with a role of its own. Undo drops both.
import type { CreatePlan } from "../../shared/domain/plan-create.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { DatabaseCopies } from "../../shared/ports/database-copies.ts";
import type { Databases } from "../../shared/ports/databases.ts";
import type { SecretVault } from "../../shared/ports/secret-vault.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { secretVault } from "../../shared/runtime/provide/secret-vault.ts";
import { finishCloning, isCloning } from "../../shared/runtime/snapshot-cloning.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly databases: Databases;
  readonly databaseCopies: DatabaseCopies;
  readonly secretVault: SecretVault;
  readonly containers: Containers;
}

export const cloneDatabases: EffectStep<Ports, CreatePlan> = {
  async run({ plan }, ports) {
    const { databases, secretVault } = ports;
    const { names, databaseConnections: connectionLimit } = plan;
    const secrets = await secretVault.read(names.secret);
    const password = secrets["metadataPassword"]!;
    if (isCloning(plan)) await finishCloning(plan, password, ports);
    else await cloneTemplate(plan, password, ports);
    const celery = { database: names.celeryDatabase, role: names.celeryRole, password: secrets["celeryPassword"]! };
    await databases.ensureDatabase({ ...celery, template: null, connectionLimit });
  },
  async undo({ plan }, { databases }) {
    await databases.dropDatabase(plan.names.metadataDatabase, plan.names.metadataRole);
    await databases.dropDatabase(plan.names.celeryDatabase, plan.names.celeryRole);
  },
};

async function cloneTemplate(
  { names, template, databaseConnections: connectionLimit }: CreatePlan,
  password: string,
  { containers, databases, secretVault }: Ports,
): Promise<void> {
  if (!(await databases.hasTemplate(template.database)))
    await databases.promoteTemplate(template.scratch, template.database);
  await containers.forgetOnce(template.task.family);
  await secretVault.remove(template.task.secretName);
  const metadata = { database: names.metadataDatabase, role: names.metadataRole, password };
  await databases.ensureDatabase({ ...metadata, template: template.database, connectionLimit });
}

export const handler = stepHandler(cloneDatabases, () => ({
  operations: operations(),
  clock: clock(),
  databases: databases(),
  databaseCopies: databaseCopies(),
  secretVault: secretVault(),
  containers: containers(),
}));
