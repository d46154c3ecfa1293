// Loads what an update is decided on, and decides: UpdateEnvironment goes on from here, the dry run ends here.
import { settingsOfUpdate } from "../domain/environment-settings.ts";
import { executionRoleOf } from "../domain/execution-role.ts";
import type { EnvironmentItem, OperationItem } from "../domain/items.ts";
import { bucketOfArn } from "../domain/names.ts";
import { configurationOf } from "../domain/plan-create.ts";
import { filesToFind, looksAnew, planUpdate, type UpdatePlan } from "../domain/plan-update.ts";
import type { Pool } from "../domain/pool.ts";
import type { UpdateEnvironmentRequest } from "../domain/requests.ts";
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

/** Writes nothing. @throws EnvironmentNotFound, or why the update may not proceed */
export async function decideUpdate(
  request: UpdateEnvironmentRequest,
  ports: DecisionPorts,
  caller: Caller,
): Promise<{ before: EnvironmentItem; environment: EnvironmentItem; operation: OperationItem; plan: UpdatePlan }> {
  const before = await findEnvironment(request.Name, ports);
  const configuration =
    request.AirflowConfigurationOptions === undefined ? undefined : configurationOf(request, sha256);
  const settings = settingsOfUpdate(before.settings, request, configuration);
  const wishes = filesToFind(before, request, settings);
  const reader = ports.sourceBuckets.as(executionRoleOf({ ...before, settings }));
  const planned = planUpdate({
    environment: before,
    request,
    configuration,
    found: await findFiles(wishes, reader),
    bucket: looksAnew(before.settings, request) ? await reader.facts(bucketOfArn(settings.sourceBucketArn)) : undefined,
    pool: ports.pool,
    operationId: ports.identifiers.operationId(),
    caller: caller.arn,
    now: ports.clock.now(),
  });
  return { before, ...planned };
}
