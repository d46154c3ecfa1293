// Gives the environment's database roles the connection limit of its new class. Undo gives the old one back.
import type { UpdatePlan } from "../../shared/domain/plan-update.ts";
import type { Databases } from "../../shared/ports/databases.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly databases: Databases;
}

export const limitConnections: EffectStep<Ports, UpdatePlan> = {
  async run({ plan }, ports) {
    if (plan.connections) await limit(plan, plan.connections.to, ports);
  },
  async undo({ plan }, ports) {
    if (plan.connections) await limit(plan, plan.connections.from, ports);
  },
};

async function limit({ names }: UpdatePlan, connectionLimit: number, { databases }: Ports): Promise<void> {
  await databases.limitConnections({ database: names.metadataDatabase, role: names.metadataRole, connectionLimit });
  await databases.limitConnections({ database: names.celeryDatabase, role: names.celeryRole, connectionLimit });
}

export const handler = stepHandler(limitConnections, () => ({
  operations: operations(),
  clock: clock(),
  databases: databases(),
}));
