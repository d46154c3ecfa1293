// Extension: GET /environments/{Name}/upgrade-checks/{CheckId}. One check with its whole report.
import { HangarError } from "../../shared/domain/errors.ts";
import { UpgradeCheckRequest } from "../../shared/domain/extension-requests.ts";
import { isCurrent } from "../../shared/domain/plan-upgrade-check.ts";
import { checkReportKey } from "../../shared/domain/upgrade-check-item.ts";
import { checkView } from "../../shared/domain/upgrade-check-view.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import { apiHandler } from "../../shared/runtime/api-handler.ts";
import { findEnvironment } from "../../shared/runtime/environment-lookup.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";

interface Ports {
  readonly environments: Environments;
  readonly controlBucket: ControlBucket;
}

export const handler = apiHandler(UpgradeCheckRequest, getUpgradeCheck, () => ({
  environments: environments(),
  controlBucket: controlBucket(),
}));

/** The report is null until there is one. */
export async function getUpgradeCheck({ Name, CheckId }: UpgradeCheckRequest, ports: Ports) {
  const environment = await findEnvironment(Name, ports);
  const check = environment.upgradeChecks?.find(({ id }) => id === CheckId);
  if (!check)
    throw new HangarError(
      "UpgradeCheckNotFound",
      `Environment ${Name} has no upgrade check ${CheckId}. The last five are kept: list them, or check again.`,
    );
  const release = await ports.environments.getRelease(environment.name, environment.environmentId);
  const report =
    check.end?.outcome === "DONE"
      ? await ports.controlBucket.getLayerText(environment.names.prefix, checkReportKey(check))
      : undefined;
  const Report = report ? (JSON.parse(report.text) as Record<string, unknown>) : null;
  return { Check: { ...checkView(check, isCurrent(check, environment, release)), Report } };
}
