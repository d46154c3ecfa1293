// Drops databases and login roles. No undo: delete only goes forward.
import type { DeletePlan } from "../../shared/domain/plan-delete.ts";
import type { Databases } from "../../shared/ports/databases.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly databases: Databases;
}

export const dropDatabases: EffectStep<Ports, DeletePlan> = {
  async run({ plan: { names, scratch } }, { databases }) {
    await databases.dropScratchTemplate(scratch.database);
    await databases.dropDatabase(names.metadataDatabase, names.metadataRole);
    await databases.dropDatabase(names.celeryDatabase, names.celeryRole);
  },
};

export const handler = stepHandler(dropDatabases, () => ({
  operations: operations(),
  clock: clock(),
  databases: databases(),
}));
