// Makes what the new generation has to itself: its queue, the queue of its canary, its results database. The copy of the metadata
// database and its role come later. Undo removes them.
import { celeryVisibilityTimeoutSeconds } from "../../shared/domain/offerings.ts";
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import type { Databases } from "../../shared/ports/databases.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import type { SecretVault } from "../../shared/ports/secret-vault.ts";
import type { TaskQueues } from "../../shared/ports/task-queues.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { secretVault } from "../../shared/runtime/provide/secret-vault.ts";
import { taskQueues } from "../../shared/runtime/provide/task-queues.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";
import { showUpgradePhase } from "../../shared/runtime/upgrade-phase.ts";

interface Ports {
  readonly databases: Databases;
  readonly environments: Environments;
  readonly operations: Operations;
  readonly secretVault: SecretVault;
  readonly taskQueues: TaskQueues;
}

export const prepareGeneration: EffectStep<Ports, UpgradePlan> = {
  async run({ plan }, { taskQueues, databases, secretVault }) {
    const settings = { visibilityTimeoutSeconds: celeryVisibilityTimeoutSeconds };
    await taskQueues.ensure(plan.names.queue, settings);
    await taskQueues.ensure(plan.canary.queue, settings);
    const { celeryPassword } = await secretVault.read(plan.names.secret);
    const results = { ...plan.databases.results.after, password: celeryPassword!, template: null };
    await databases.ensureDatabase({ ...results, connectionLimit: plan.databaseConnections });
  },
  async undo({ operation, plan }, { taskQueues, databases, environments, operations }) {
    await showUpgradePhase(operation, { environments, operations });
    const { database, role } = plan.databases.results.after;
    await databases.dropDatabase(database, role);
    await taskQueues.remove(plan.canary.queue);
    await taskQueues.remove(plan.names.queue);
  },
};

export const handler = stepHandler(prepareGeneration, () => ({
  operations: operations(),
  clock: clock(),
  databases: databases(),
  environments: environments(),
  secretVault: secretVault(),
  taskQueues: taskQueues(),
}));
