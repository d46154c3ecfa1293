// Seals the live database for everybody and starts the one-off task that copies it, or the snapshot that is to take its place
// and is sealed already. Undo stops the copying, drops the copy and unseals the live one, which nobody has touched meanwhile.
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import type { Clock, Identifiers } from "../../shared/ports/clock.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { DatabaseCopies } from "../../shared/ports/database-copies.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import type { SecretVault } from "../../shared/ports/secret-vault.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { secretVault } from "../../shared/runtime/provide/secret-vault.ts";
import { stepHandler } from "../../shared/runtime/step-handler.ts";
import { lookAtCopy, lookAtNew, lookAtSource, lookAtTask, stateOf } from "../../shared/runtime/upgrade-look.ts";
import { upgradeEffect } from "../../shared/runtime/upgrade-steps.ts";

interface Ports {
  readonly clock: Clock;
  readonly containers: Containers;
  readonly databaseCopies: DatabaseCopies;
  readonly environments: Environments;
  readonly identifiers: Identifiers;
  readonly operations: Operations;
  readonly secretVault: SecretVault;
}

export const copyDatabase = upgradeEffect<Ports>("copy-database", {
  async look({ plan }, ports, direction, done) {
    const copyTask = stateOf(await lookAtTask(plan.copying.task, ports), done.includes("start-copy"));
    const migrateTask = stateOf(await lookAtTask(plan.migration, ports));
    const source = await lookAtSource(plan, ports);
    const copy = (await lookAtCopy(plan, ports)).seen;
    return { ...source, ...copy, copyTask, migrateTask, ...(direction === "undo" ? await lookAtNew(plan, ports) : {}) };
  },
  acts: {
    "seal-source": ({ plan }, { databaseCopies }) => databaseCopies.seal(plan.databases.source),
    "end-connections": ({ plan }, { databaseCopies }) => databaseCopies.endConnections(plan.databases.source.database),
    async "start-copy"({ plan: { copying } }, { containers, databaseCopies, identifiers, secretVault }) {
      await secretVault.ensure(copying.secretName, { metadataPassword: identifiers.secret(24) });
      const { metadataPassword } = await secretVault.read(copying.secretName); // of an earlier hand, perhaps
      await databaseCopies.ensureCopier(copying.role, metadataPassword!);
      await containers.runOnce(copying.task, await secretVault.arn(copying.secretName), copying.task.family);
    },
    "stop-copy": ({ plan: { copying } }, { containers }) =>
      containers.stopOnce(copying.task.family, copying.task.family),
    "end-copy-connections": ({ plan }, { databaseCopies }) =>
      databaseCopies.endConnections(plan.databases.copy.database),
    "drop-copy": ({ plan }, { databaseCopies }) => databaseCopies.dropCopy(plan.databases.copy),
    // a statement may outlive the task that sent it: without its role it has ended, and what it made since is seen first
    async "unseal-source"({ plan }, { databaseCopies }) {
      await databaseCopies.dropCopier(plan.copying.role);
      if ((await lookAtCopy(plan, { databaseCopies })).copy) return;
      await databaseCopies.unseal(plan.databases.source);
    },
  },
  finish: {
    // how large the next ones are expected to be judged by (upgrade-forecast.ts)
    run: async ({ plan }, { databaseCopies }) => ({
      bytes: (await databaseCopies.lookAtSource(plan.databases.original))?.size ?? null,
    }),
    undo: ({ plan }, ports) => forgetCopier(plan, ports),
  },
});

async function forgetCopier({ copying }: UpgradePlan, { containers, databaseCopies, secretVault }: Ports) {
  await databaseCopies.dropCopier(copying.role);
  await secretVault.remove(copying.secretName);
  await containers.forgetOnce(copying.task.family);
}

export const handler = stepHandler(copyDatabase, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  databaseCopies: databaseCopies(),
  environments: environments(),
  identifiers: identifiers(),
  secretVault: secretVault(),
}));
