// Extension: POST /environments/{Name}/snapshots/{Snapshot}/restore. A copy of a snapshot takes the place of the live database,
// by the upgrade's ladder; with `DryRun` what that would do.
import { optionWarnings, warningView } from "../../shared/domain/configuration-options.ts";
import { RestoreSnapshotRequest } from "../../shared/domain/extension-requests.ts";
import { operationView } from "../../shared/domain/operation-view.ts";
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import { databaseView } from "../../shared/domain/upgrade-forecast.ts";
import { upgradePreview } from "../../shared/domain/upgrade-preview.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { LiveDatabase } from "../../shared/ports/live-database.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import type { Workflows } from "../../shared/ports/workflows.ts";
import { acceptChange } from "../../shared/runtime/accept-change.ts";
import { apiHandler, type Caller } from "../../shared/runtime/api-handler.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { lookForPlan } from "../../shared/runtime/live-look.ts";
import { operationHistory } from "../../shared/runtime/operation-history.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { liveDatabase } from "../../shared/runtime/provide/live-database.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { workflows } from "../../shared/runtime/provide/workflows.ts";
import { decideRestore, type RestorePorts } from "../../shared/runtime/restore-decision.ts";

interface Ports extends RestorePorts {
  readonly operations: Operations;
  readonly workflows: Workflows;
  readonly controlBucket: ControlBucket;
  readonly liveDatabase: LiveDatabase;
}

export const handler = apiHandler(RestoreSnapshotRequest, restoreSnapshot, () => ({
  environments: environments(),
  operations: operations(),
  workflows: workflows(),
  controlBucket: controlBucket(),
  databaseCopies: databaseCopies(),
  liveDatabase: liveDatabase(),
  clock: clock(),
  identifiers: identifiers(),
  pool: pool(),
}));

/** Accepts a restore as UpdateEnvironment accepts a change: UPDATING is stored before the answer, and of two one wins. */
export async function restoreSnapshot(request: RestoreSnapshotRequest, ports: Ports, caller: Caller) {
  const decide = () => decideRestore(request, ports, caller);
  if (request.DryRun) {
    const { before, plan } = await decide();
    return { Plan: await preview(plan, before.name, ports) };
  }
  const { operation } = await acceptChange(decide, ports);
  return { Operation: operationView(operation) };
}

/** With what it will meet in the database, and what is to be said, on the snapshot's version, about options that stay. */
async function preview(plan: UpgradePlan, name: string, ports: Ports): Promise<Record<string, unknown>> {
  const { settings, names } = plan.after;
  const { configuration } = settings;
  const options = configuration && (await ports.controlBucket.getConfiguration(names.prefix, configuration.key));
  const [past, look] = [await operationHistory(name, ports), await lookForPlan(plan, ports)];
  return {
    ...upgradePreview(plan, past),
    ...(look ? { Database: databaseView(plan, look, past) } : {}),
    Warnings: optionWarnings(settings.airflowVersion, options ?? {}).map(warningView),
  };
}
