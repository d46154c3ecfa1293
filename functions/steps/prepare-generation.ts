// Makes what the new generation has to itself: its queue, the queue of its canary, its results database. The copy of the metadata
// database and its role come later. Undo removes them. What an upgrade before it has left closed is opened
// first. And starts a task that does nothing, to see whether the new image does.
import { HangarError } from "../../shared/domain/errors.ts";
import { celeryVisibilityTimeoutSeconds } from "../../shared/domain/offerings.ts";
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import type { OwnedDatabase } from "../../shared/ports/database-copies.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { Databases } from "../../shared/ports/databases.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import type { SecretVault } from "../../shared/ports/secret-vault.ts";
import type { TaskQueues } from "../../shared/ports/task-queues.ts";
import { type OpeningPorts, openLive } from "../../shared/runtime/after-upgrade.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { secretVault } from "../../shared/runtime/provide/secret-vault.ts";
import { taskQueues } from "../../shared/runtime/provide/task-queues.ts";
import { webAddresses } from "../../shared/runtime/provide/web-addresses.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";
import { showUpgradePhase } from "../../shared/runtime/upgrade-phase.ts";

interface Ports extends OpeningPorts {
  readonly containers: Containers;
  readonly databases: Databases;
  readonly operations: Operations;
  readonly secretVault: SecretVault;
  readonly taskQueues: TaskQueues;
}

export const prepareGeneration: EffectStep<Ports, UpgradePlan> = {
  async run({ operation, plan }, ports) {
    const { containers, environments, taskQueues, databases, secretVault } = ports;
    if (plan.hop.how === "restore") await needSealed(plan.databases.original, ports);
    const environment = await environments.get(operation.environmentName);
    if (environment) await openLive(environment, ports);
    await containers.runOnce(plan.trying, null, plan.trying.family);
    const settings = { visibilityTimeoutSeconds: celeryVisibilityTimeoutSeconds };
    await taskQueues.ensure(plan.names.queue, settings);
    await taskQueues.ensure(plan.canary.queue, settings);
    const { celeryPassword } = await secretVault.read(plan.names.secret);
    const results = { ...plan.databases.results.after, password: celeryPassword!, template: null };
    await databases.ensureDatabase({ ...results, connectionLimit: plan.databaseConnections });
  },
  async undo({ operation, plan }, { containers, taskQueues, databases, environments, operations }) {
    await showUpgradePhase(operation, { environments, operations });
    await containers.stopOnce(plan.trying.family, plan.trying.family);
    await containers.forgetOnce(plan.trying.family);
    const { database, role } = plan.databases.results.after;
    await databases.dropDatabase(database, role);
    await taskQueues.remove(plan.canary.queue);
    await taskQueues.remove(plan.names.queue);
  },
};

/** While everything runs still: later, what is missing would cost a pause. @throws SnapshotNotFound */
async function needSealed(snapshot: OwnedDatabase, { databaseCopies }: Ports): Promise<void> {
  const facts = await databaseCopies.lookAtSource(snapshot);
  if (facts?.sealed) return;
  throw new HangarError(
    "SnapshotNotFound",
    facts
      ? `Snapshot ${snapshot.database} is not sealed any more: somebody has opened it, and it may not be what it was. Restore another one.`
      : `The database of snapshot ${snapshot.database} is not on the server any more. Restore another one.`,
  );
}

export const handler = stepHandler(prepareGeneration, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  controlBucket: controlBucket(),
  databaseCopies: databaseCopies(),
  databases: databases(),
  environments: environments(),
  secretVault: secretVault(),
  taskQueues: taskQueues(),
  webAddresses: webAddresses(),
}));
