// Drops databases and login roles, those that upgrades have left before the environment's own. No undo: delete only goes forward.
import type { DeletePlan } from "../../shared/domain/plan-delete.ts";
import type { DatabaseCopies } from "../../shared/ports/database-copies.ts";
import type { Databases } from "../../shared/ports/databases.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly databaseCopies: DatabaseCopies;
  readonly databases: Databases;
}

export const dropDatabases: EffectStep<Ports, DeletePlan> = {
  async run({ plan: { names, scratch, remains } }, { databaseCopies, databases }) {
    for (const role of remains?.copiers ?? []) await databaseCopies.dropCopier(role);
    for (const { database, role } of remains?.databases ?? []) await databases.dropDatabase(database, role);
    await databases.dropScratchTemplate(scratch.database);
    await databases.dropDatabase(names.metadataDatabase, names.metadataRole);
    await databases.dropDatabase(names.celeryDatabase, names.celeryRole);
  },
};

export const handler = stepHandler(dropDatabases, () => ({
  operations: operations(),
  clock: clock(),
  databaseCopies: databaseCopies(),
  databases: databases(),
}));
