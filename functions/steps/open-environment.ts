// After the commit: the control document says the new generation, what the migration held back goes on, the address is opened.
// No undo: each is safe to repeat, and finish-upgrades repeats it where this fails for good.
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import { type OpeningPorts, openCommitted } from "../../shared/runtime/after-upgrade.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { webAddresses } from "../../shared/runtime/provide/web-addresses.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

export const openEnvironment: EffectStep<OpeningPorts, UpgradePlan> = {
  async run({ operation, plan }, ports) {
    const live = { database: plan.databases.copy, address: plan.address };
    // null: it is being deleted
    return { epoch: (await openCommitted(operation, live, ports)) ?? null };
  },
};

export const handler = stepHandler(openEnvironment, () => ({
  operations: operations(),
  clock: clock(),
  controlBucket: controlBucket(),
  databaseCopies: databaseCopies(),
  environments: environments(),
  webAddresses: webAddresses(),
}));
