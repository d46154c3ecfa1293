// After the commit: the control document says the new generation, what the migration held back goes on, the address is opened.
// No undo: each is safe to repeat.
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { DatabaseCopies } from "../../shared/ports/database-copies.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { WebAddresses } from "../../shared/ports/web-addresses.ts";
import { publishControl } from "../../shared/runtime/control-publisher.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { webAddresses } from "../../shared/runtime/provide/web-addresses.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly controlBucket: ControlBucket;
  readonly databaseCopies: DatabaseCopies;
  readonly environments: Environments;
  readonly webAddresses: WebAddresses;
}

export const openEnvironment: EffectStep<Ports, UpgradePlan> = {
  async run({ operation, plan }, ports) {
    const epoch = await publishControl(operation, ports);
    if (epoch === undefined) return { epoch: null }; // it is being deleted
    await ports.databaseCopies.liftHold(plan.databases.copy);
    await ports.webAddresses.ensure(plan.address);
    return { epoch };
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
