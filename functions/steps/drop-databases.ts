// Drops databases and login roles, those that upgrades have left before the environment's own, which is kept for a time as its
// last snapshot where the plan says so. No undo: delete only goes forward.
import type { DeletePlan } from "../../shared/domain/plan-delete.ts";
import type { Databases } from "../../shared/ports/databases.ts";
import { type FinalSnapshotPorts, keepFinalSnapshot } from "../../shared/runtime/final-snapshot.ts";
import { dropKeptSnapshot } from "../../shared/runtime/kept-snapshots.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { secretVault } from "../../shared/runtime/provide/secret-vault.ts";
import { snapshots } from "../../shared/runtime/provide/snapshots.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports extends FinalSnapshotPorts {
  readonly databases: Databases;
}

export const dropDatabases: EffectStep<Ports, DeletePlan> = {
  async run({ operation, plan, now }, ports) {
    const { names, scratch, remains } = plan;
    const { databaseCopies, databases } = ports;
    for (const role of remains?.copiers ?? []) await databaseCopies.dropCopier(role);
    for (const { database, role } of remains?.databases ?? []) await databases.dropDatabase(database, role);
    for (const { role, source } of remains?.readers ?? []) await databaseCopies.dropReader(role, source);
    await databases.dropScratchTemplate(scratch.database);
    await databases.dropDatabase(names.celeryDatabase, names.celeryRole);
    if (plan.finalSnapshot && (await keepFinalSnapshot(operation, plan, now, ports))) return;
    // of a deletion before, which got stuck
    const former = await ports.snapshots.get(names.metadataDatabase);
    if (former) await dropKeptSnapshot(former, now, ports);
    await databases.dropDatabase(names.metadataDatabase, names.metadataRole);
  },
};

export const handler = stepHandler(dropDatabases, () => ({
  operations: operations(),
  clock: clock(),
  controlBucket: controlBucket(),
  databaseCopies: databaseCopies(),
  databases: databases(),
  environments: environments(),
  secretVault: secretVault(),
  snapshots: snapshots(),
}));
