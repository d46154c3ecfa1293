// Deletes the environment's secrets. No undo: delete only goes forward.
import type { DeletePlan } from "../../shared/domain/plan-delete.ts";
import type { SecretVault } from "../../shared/ports/secret-vault.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { secretVault } from "../../shared/runtime/provide/secret-vault.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly secretVault: SecretVault;
}

export const deleteSecrets: EffectStep<Ports, DeletePlan> = {
  async run({ plan }, { secretVault }) {
    await secretVault.remove(plan.names.secret);
    if (plan.names.signInSecret) await secretVault.remove(plan.names.signInSecret);
    for (const name of [plan.scratch.secretName, ...(plan.remains?.secrets ?? [])]) await secretVault.remove(name);
  },
};

export const handler = stepHandler(deleteSecrets, () => ({
  operations: operations(),
  clock: clock(),
  secretVault: secretVault(),
}));
