// Extension: GET /environments/{Name}/upgrade-checks. Checks of upgrades, the newest first, with their verdicts.
import { isCurrent } from "../../shared/domain/plan-upgrade-check.ts";
import { GetEnvironmentRequest, type NamedRequest } from "../../shared/domain/requests.ts";
import { checkView } from "../../shared/domain/upgrade-check-view.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { findEnvironment } from "../../shared/runtime/environment-lookup.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";

interface Ports {
  readonly environments: Environments;
}

export const handler = apiHandler(GetEnvironmentRequest, listUpgradeChecks, () => ({ environments: environments() }));

/** Those the record keeps; changes nothing. */
export async function listUpgradeChecks({ Name }: NamedRequest, { environments }: Ports) {
  const environment = await findEnvironment(Name, { environments });
  const release = await environments.getRelease(environment.name, environment.environmentId);
  const Checks = (environment.upgradeChecks ?? []).map((one) => checkView(one, isCurrent(one, environment, release)));
  return { Checks };
}
