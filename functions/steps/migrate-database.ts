// Hands the copy over to the new generation's role and starts the one-off task that migrates it: once, never a second time. Undo
// stops it; what it left is dropped with the copy.
import type { Clock } from "../../shared/ports/clock.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { DatabaseCopies } from "../../shared/ports/database-copies.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import type { SecretVault } from "../../shared/ports/secret-vault.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { secretVault } from "../../shared/runtime/provide/secret-vault.ts";
import { stepHandler } from "../../shared/runtime/step-handler.ts";
import { lookAtCopy, lookAtTask, stateOf } from "../../shared/runtime/upgrade-look.ts";
import { upgradeEffect } from "../../shared/runtime/upgrade-steps.ts";

interface Ports {
  readonly clock: Clock;
  readonly containers: Containers;
  readonly databaseCopies: DatabaseCopies;
  readonly environments: Environments;
  readonly operations: Operations;
  readonly secretVault: SecretVault;
}

export const migrateDatabase = upgradeEffect<Ports>("migrate-database", {
  look: async ({ plan }, ports, direction, done) => ({
    migrateTask: stateOf(await lookAtTask(plan.migration, ports), done.includes("start-migrate")),
    ...(direction === "run" ? (await lookAtCopy(plan, ports)).seen : {}),
  }),
  acts: {
    async "start-migrate"({ plan }, { containers, databaseCopies, secretVault }) {
      const { copying, databases, migration, names } = plan;
      const { metadataPassword } = await secretVault.read(names.secret);
      const settings = { password: metadataPassword!, connectionLimit: plan.databaseConnections };
      await databaseCopies.handOver(databases.copy, databases.original.role, settings);
      await databaseCopies.dropCopier(copying.role);
      await secretVault.remove(copying.secretName);
      await containers.forgetOnce(copying.task.family);
      await containers.runOnce(migration, await secretVault.arn(names.secret), migration.family);
    },
    "stop-migrate": ({ plan: { migration } }, { containers }) =>
      containers.stopOnce(migration.family, migration.family),
  },
  finish: { undo: ({ plan }, { containers }) => containers.forgetOnce(plan.migration.family) },
});

export const handler = stepHandler(migrateDatabase, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  databaseCopies: databaseCopies(),
  environments: environments(),
  secretVault: secretVault(),
}));
