// Loads what an update is decided on, and decides: UpdateEnvironment goes on from here, the dry run ends here.
import { settingsOfUpdate } from "../domain/environment-settings.ts";
import { executionRoleOf } from "../domain/execution-role.ts";
import type { EnvironmentItem, OperationItem } from "../domain/items.ts";
import { bucketOfArn } from "../domain/names.ts";
import { configurationOf } from "../domain/plan-create.ts";
import { looksAnew, planUpdate, type UpdateInput, type UpdatePlan } from "../domain/plan-update.ts";
import type { UpgradePlan } from "../domain/plan-upgrade.ts";
import { changesVersion, planVersionChange } from "../domain/plan-version-change.ts";
import type { Pool } from "../domain/pool.ts";
import type { UpdateEnvironmentRequest } from "../domain/requests.ts";
import { filesToFind } from "../domain/update-layer.ts";
import type { Clock, Identifiers } from "../ports/clock.ts";
import type { Environments } from "../ports/environments.ts";
import type { SourceBuckets } from "../ports/source-buckets.ts";
import type { Caller } from "./api-handler.ts";
import { sha256 } from "./digest.ts";
import { findFiles } from "./file-lookup.ts";
import { findEnvironment } from "./environment-lookup.ts";

export interface DecisionPorts {
  readonly environments: Environments;
  readonly sourceBuckets: SourceBuckets;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly pool: Pool;
}

export interface DecidedUpdate {
  readonly before: EnvironmentItem;
  readonly environment: EnvironmentItem;
  readonly operation: OperationItem;
  /** The operation's own: of an upgrade where the request names another version. */
  readonly plan: UpdatePlan | UpgradePlan;
}

/**
 * Writes nothing.
 * @param as how the record is looked at, where that is not as it stands
 * @throws EnvironmentNotFound, or why the update may not proceed
 */
export async function decideUpdate(
  request: UpdateEnvironmentRequest,
  ports: DecisionPorts,
  caller: Pick<Caller, "arn">,
  as: (environment: EnvironmentItem) => EnvironmentItem = (environment) => environment,
): Promise<DecidedUpdate> {
  const before = as(await findEnvironment(request.Name, ports));
  const configuration =
    request.AirflowConfigurationOptions === undefined ? undefined : configurationOf(request, sha256);
  const settings = settingsOfUpdate(before.settings, request, configuration);
  const wishes = filesToFind(before, request, settings);
  const reader = ports.sourceBuckets.as(executionRoleOf({ ...before, settings }));
  const input: UpdateInput = {
    environment: before,
    request,
    configuration,
    found: await findFiles(wishes, reader),
    bucket: looksAnew(before.settings, request) ? await reader.facts(bucketOfArn(settings.sourceBucketArn)) : undefined,
    pool: ports.pool,
    operationId: ports.identifiers.operationId(),
    caller: caller.arn,
    now: ports.clock.now(),
  };
  return { before, ...(changesVersion(before, request) ? planVersionChange(input) : planUpdate(input)) };
}
