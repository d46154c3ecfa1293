// Extension: POST /environments/{Name}/plan. What an UpdateEnvironment with the same body would do; changes nothing.
import { optionWarnings, warningView } from "../../shared/domain/configuration-options.ts";
import type { EnvironmentItem, OperationItem } from "../../shared/domain/items.ts";
import { isCurrent } from "../../shared/domain/plan-upgrade-check.ts";
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import { updatePreview } from "../../shared/domain/update-preview.ts";
import { lastCheckView } from "../../shared/domain/upgrade-check-view.ts";
import { databaseView } from "../../shared/domain/upgrade-forecast.ts";
import { upgradePreview } from "../../shared/domain/upgrade-preview.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { LiveDatabase } from "../../shared/ports/live-database.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import type { SourceBuckets } from "../../shared/ports/source-buckets.ts";
import type { Clock, Identifiers } from "../../shared/ports/clock.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { apiHandler, type Caller } from "../../shared/runtime/api-handler.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { liveDatabase } from "../../shared/runtime/provide/live-database.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import { UpdateEnvironmentRequest } from "../../shared/domain/requests.ts";
import { lookForPlan } from "../../shared/runtime/live-look.ts";
import { operationHistory } from "../../shared/runtime/operation-history.ts";
import { type DecidedUpdate, decideUpdate } from "../../shared/runtime/update-decision.ts";

interface Ports {
  readonly environments: Environments;
  readonly operations: Operations;
  readonly sourceBuckets: SourceBuckets;
  readonly controlBucket: ControlBucket;
  readonly liveDatabase: LiveDatabase;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly pool: Pool;
}

export const handler = apiHandler(UpdateEnvironmentRequest, planUpdate, () => ({
  environments: environments(),
  operations: operations(),
  sourceBuckets: sourceBuckets(),
  controlBucket: controlBucket(),
  liveDatabase: liveDatabase(),
  clock: clock(),
  identifiers: identifiers(),
  pool: pool(),
}));

/** Decides as UpdateEnvironment does, and shows the decision. @throws what UpdateEnvironment would throw */
export async function planUpdate(request: UpdateEnvironmentRequest, ports: Ports, caller: Caller) {
  const decided = await decideUpdate(request, ports, caller);
  const { plan } = decided;
  const warnings = optionWarnings(plan.after.settings.airflowVersion, await options(request, decided, ports));
  const past = await operationHistory(request.Name, ports);
  const preview =
    plan.type === "upgrade-environment"
      ? await previewUpgrade(decided.before, plan, past, ports)
      : updatePreview(plan, past);
  const Plan: Record<string, unknown> = { ...preview, Warnings: warnings.map(warningView) };
  return { Plan };
}

/** With what it will meet in the database, where that can be asked, and what a check of it has said. */
async function previewUpgrade(
  before: EnvironmentItem,
  plan: UpgradePlan,
  past: readonly OperationItem[],
  ports: Pick<Ports, "liveDatabase" | "environments">,
) {
  const look = await lookForPlan(plan, ports);
  const release = await ports.environments.getRelease(before.name, before.environmentId);
  const Check = lastCheckView(before.upgradeChecks, plan.hop.to, (check) => isCurrent(check, before, release));
  return {
    ...upgradePreview(plan, past),
    ...(Check ? { Check } : {}),
    ...(look ? { Database: databaseView(plan, look, past) } : {}),
  };
}

/** The options there is something to say about: those of the request; of an upgrade that names none, those that stay. */
async function options(
  request: UpdateEnvironmentRequest,
  { before, plan }: DecidedUpdate,
  { controlBucket }: Ports,
): Promise<Readonly<Record<string, string>>> {
  const { configuration } = before.settings;
  if (request.AirflowConfigurationOptions !== undefined || plan.type !== "upgrade-environment" || !configuration)
    return request.AirflowConfigurationOptions ?? {};
  return (await controlBucket.getConfiguration(before.names.prefix, configuration.key)) ?? {};
}
