// MWAA API: UpdateEnvironment. Load, decide, commit, start.
import { notFound } from "../../shared/domain/gates.ts";
import type { EnvironmentItem, OperationItem } from "../../shared/domain/items.ts";
import { bucketOfArn } from "../../shared/domain/names.ts";
import { configurationOf } from "../../shared/domain/plan-create.ts";
import { planUpdate } from "../../shared/domain/plan-update.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { UpdateEnvironmentRequest } from "../../shared/domain/requests.ts";
import { executionName } from "../../shared/domain/sweep.ts";
import type { Clock, Identifiers } from "../../shared/ports/clock.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import type { SourceBuckets } from "../../shared/ports/source-buckets.ts";
import type { Workflows } from "../../shared/ports/workflows.ts";
import { apiHandler, type Caller } from "../../shared/runtime/api-handler.ts";
import { sha256 } from "../../shared/runtime/digest.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import { workflows } from "../../shared/runtime/provide/workflows.ts";

interface Ports extends PlanningPorts {
  readonly operations: Operations;
  readonly workflows: Workflows;
  readonly controlBucket: ControlBucket;
}

/** What it takes to decide an update. */
export interface PlanningPorts {
  readonly environments: Environments;
  readonly sourceBuckets: SourceBuckets;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly pool: Pool;
}

export const handler = apiHandler(UpdateEnvironmentRequest, updateEnvironment, () => ({
  environments: environments(),
  operations: operations(),
  workflows: workflows(),
  sourceBuckets: sourceBuckets(),
  controlBucket: controlBucket(),
  clock: clock(),
  identifiers: identifiers(),
  pool: pool(),
}));

const attempts = 3;

/**
 * Accepts a change and starts the ladder that carries it out. UPDATING is stored before the answer: Terraform's first poll
 * comes at once. Of two changes that come together one wins; the other is refused and has changed nothing.
 */
export async function updateEnvironment(request: UpdateEnvironmentRequest, ports: Ports, caller: Caller) {
  for (let tries = 1; ; tries++) {
    const { before, environment, operation } = await decideUpdate(request, ports, caller);
    const { configuration } = operation.plan.type === "update-environment" ? operation.plan.after.settings : {};
    if (request.AirflowConfigurationOptions && configuration)
      await ports.controlBucket.putConfiguration(
        environment.names.prefix,
        configuration.key,
        request.AirflowConfigurationOptions,
      );
    await ports.operations.create(operation);
    try {
      await ports.environments.replace(environment, before.generation);
    } catch (error) {
      // decided anew on what is there now: an upload's writer changes nothing, another update refuses this one
      if (!(error instanceof Error) || error.name !== "ConcurrentChange" || tries >= attempts) throw error;
      continue;
    }
    await ports.workflows.start(operation.kind, executionName(operation), {
      operationId: operation.operationId,
      attempt: 1,
    });
    return { Arn: environment.arn };
  }
}

/** Loads and decides, and writes nothing: the dry run ends here. @throws EnvironmentNotFound, or why it may not proceed */
export async function decideUpdate(
  request: UpdateEnvironmentRequest,
  ports: PlanningPorts,
  caller: Caller,
): Promise<{ before: EnvironmentItem; environment: EnvironmentItem; operation: OperationItem }> {
  const before = await ports.environments.get(request.Name);
  if (!before) throw notFound(request.Name);
  const { SourceBucketArn, AirflowConfigurationOptions } = request;
  const planned = planUpdate({
    environment: before,
    request,
    configuration: AirflowConfigurationOptions === undefined ? undefined : configurationOf(request, sha256),
    bucket: SourceBucketArn === undefined ? undefined : await ports.sourceBuckets.facts(bucketOfArn(SourceBucketArn)),
    pool: ports.pool,
    operationId: ports.identifiers.operationId(),
    caller: caller.arn,
    now: ports.clock.now(),
  });
  return { before, ...planned };
}
