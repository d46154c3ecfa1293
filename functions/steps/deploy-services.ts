// Makes address, task definitions and services of this generation. Undo removes them; the address of an environment that
// was there before stays. An upgrade's leads to the new generation from here on, closed until the commit.
import { layerOf, withLayer } from "../../shared/domain/layer.ts";
import type { CreatePlan } from "../../shared/domain/plan-create.ts";
import type { UpdatePlan } from "../../shared/domain/plan-update.ts";
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import { addressOf } from "../../shared/domain/service-specs.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import type { SecretVault } from "../../shared/ports/secret-vault.ts";
import type { WebAddresses } from "../../shared/ports/web-addresses.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { secretVault } from "../../shared/runtime/provide/secret-vault.ts";
import { webAddresses } from "../../shared/runtime/provide/web-addresses.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";
import { showUpgradePhase } from "../../shared/runtime/upgrade-phase.ts";

interface Ports {
  readonly containers: Containers;
  readonly environments: Environments;
  readonly operations: Operations;
  readonly webAddresses: WebAddresses;
  readonly secretVault: SecretVault;
}

export const deployServices: EffectStep<Ports, CreatePlan | UpdatePlan | UpgradePlan> = {
  async run({ plan, output }, { containers, webAddresses, secretVault }) {
    if (plan.services.length === 0) return;
    const layer = layerOf(plan.layer, output("build-layer"))?.key ?? null;
    if (layer === null && plan.layer.kind === "build") throw new Error("The layer's key is not in the journal.");
    const targetGroupArn = await webAddresses.ensure({
      ...plan.address,
      ...(plan.type === "upgrade-environment" ? { closed: true } : {}),
    });
    const secretArn = await secretVault.arn(plan.names.secret);
    await Promise.all(
      plan.services.map((spec) => {
        const withKey = { ...spec, task: withLayer(spec.task, layer) };
        return containers.deploy(withKey, secretArn, spec.behindAddress ? targetGroupArn : null);
      }),
    );
  },
  async undo({ operation, plan }, { containers, environments, operations, webAddresses }) {
    if (plan.type === "upgrade-environment") await showUpgradePhase(operation, { environments, operations });
    await containers.remove(plan.services.map((spec) => spec.name));
    if (plan.type === "upgrade-environment") {
      await webAddresses.ensure(addressOf(plan.before.names, plan.before.settings.airflowVersion));
      await webAddresses.remove(plan.address);
    }
    if (plan.type === "create-environment") await webAddresses.remove(plan.address);
  },
};

export const handler = stepHandler(deployServices, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  environments: environments(),
  webAddresses: webAddresses(),
  secretVault: secretVault(),
}));
