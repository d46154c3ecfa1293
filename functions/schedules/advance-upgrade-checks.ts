// Carries on what checks of upgrades have begun, and removes what they made. The record says of each how far it is.
import { openChecks } from "../../shared/domain/upgrade-check-item.ts";
import { forEachEnvironment } from "../../shared/runtime/each-environment.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { scheduleHandler } from "../../shared/runtime/event-handler.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { secretVault } from "../../shared/runtime/provide/secret-vault.ts";
import { advanceChecks, type CheckPorts } from "../../shared/runtime/upgrade-checker.ts";

export const handler = scheduleHandler(advanceUpgradeChecks, () => ({
  environments: environments(),
  containers: containers(),
  controlBucket: controlBucket(),
  databaseCopies: databaseCopies(),
  secretVault: secretVault(),
  clock: clock(),
  identifiers: identifiers(),
  pool: pool(),
}));

/**
 * An environment that is being deleted is left alone: its delete removes what checks have made, by the same names.
 * @throws Error the first one, once every environment was tried
 */
export async function advanceUpgradeChecks(ports: CheckPorts): Promise<void> {
  const open = (await ports.environments.all()).filter(
    ({ status, upgradeChecks }) => status !== "DELETING" && openChecks(upgradeChecks).length > 0,
  );
  await forEachEnvironment(open, "upgrade checks not advanced", (environment) => advanceChecks(environment, ports));
}
