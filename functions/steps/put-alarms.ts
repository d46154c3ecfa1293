// Makes the environment's alarms, as its plan says. Undo of a create removes them; an update and an upgrade leave them, as they are the
// environment's own whatever becomes of the change.
import type { CreatePlan } from "../../shared/domain/plan-create.ts";
import type { UpdatePlan } from "../../shared/domain/plan-update.ts";
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import type { Alarms } from "../../shared/ports/alarms.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import { alarms } from "../../shared/runtime/provide/alarms.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";
import { showUpgradePhase } from "../../shared/runtime/upgrade-phase.ts";

interface Ports {
  readonly alarms: Alarms;
  readonly environments: Environments;
  readonly operations: Operations;
}

export const putAlarms: EffectStep<Ports, CreatePlan | UpdatePlan | UpgradePlan> = {
  async run({ plan }, { alarms }) {
    await alarms.put(plan.alarms ?? []);
  },
  async undo({ operation, plan }, { alarms, environments, operations }) {
    if (plan.type === "upgrade-environment") await showUpgradePhase(operation, { environments, operations });
    if (plan.type === "create-environment") await alarms.remove((plan.alarms ?? []).map(({ name }) => name));
  },
};

export const handler = stepHandler(putAlarms, () => ({
  operations: operations(),
  clock: clock(),
  alarms: alarms(),
  environments: environments(),
}));
