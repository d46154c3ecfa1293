// Makes the environment's secret: separate random values, drawn once. Undo deletes it.
import type { CreatePlan } from "../../shared/domain/plan-create.ts";
import { drawSecrets } from "../../shared/domain/secrets.ts";
import type { Identifiers } from "../../shared/ports/clock.ts";
import type { SecretVault } from "../../shared/ports/secret-vault.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { secretVault } from "../../shared/runtime/provide/secret-vault.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly secretVault: SecretVault;
  readonly identifiers: Identifiers;
}

export const createSecrets: EffectStep<Ports, CreatePlan> = {
  async run({ plan }, { secretVault, identifiers }) {
    await secretVault.ensure(plan.names.secret, drawSecrets(identifiers));
  },
  async undo({ plan }, { secretVault }) {
    await secretVault.remove(plan.names.secret);
  },
};

export const handler = stepHandler(createSecrets, () => ({
  operations: operations(),
  clock: clock(),
  secretVault: secretVault(),
  identifiers: identifiers(),
}));
