// Makes the environment's secrets: the key pair of its sign-in, and separate random values for its tasks. Drawn once.
// Undo deletes them.
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
    const { names } = plan;
    await secretVault.ensure(names.signInSecret, { ...identifiers.signingKeys() });
    const { publicKey } = await secretVault.read(names.signInSecret); // of an earlier run that was cut off, perhaps
    const drawn = drawSecrets(identifiers, publicKey!);
    // what is encrypted in a snapshot is read with the key it was written with
    const kept = plan.from ? { fernetKey: (await secretVault.read(plan.from.secret))["fernetKey"]! } : {};
    await secretVault.ensure(names.secret, { ...drawn, ...kept });
  },
  async undo({ plan }, { secretVault }) {
    await secretVault.remove(plan.names.secret);
    await secretVault.remove(plan.names.signInSecret);
  },
};

export const handler = stepHandler(createSecrets, () => ({
  operations: operations(),
  clock: clock(),
  secretVault: secretVault(),
  identifiers: identifiers(),
}));
