// MWAA API: CreateEnvironment. Load, decide, commit, start.
import { canCreate, withinQuota } from "../../shared/domain/gates.ts";
import { requestedFiles } from "../../shared/domain/layer-wish.ts";
import { executionRoleOf } from "../../shared/domain/execution-role.ts";
import { bucketOfArn, environmentArn } from "../../shared/domain/names.ts";
import { configurationOf, planCreate, requestText } from "../../shared/domain/plan-create.ts";
import { CreateEnvironmentRequest } from "../../shared/domain/requests.ts";
import { executionName } from "../../shared/domain/sweep.ts";
import type { Clock, Identifiers } from "../../shared/ports/clock.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import type { SourceBuckets } from "../../shared/ports/source-buckets.ts";
import type { Workflows } from "../../shared/ports/workflows.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { apiHandler, type Caller } from "../../shared/runtime/api-handler.ts";
import { sha256 } from "../../shared/runtime/digest.ts";
import { findFiles } from "../../shared/runtime/file-lookup.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import { workflows } from "../../shared/runtime/provide/workflows.ts";

interface Ports {
  readonly environments: Environments;
  readonly operations: Operations;
  readonly workflows: Workflows;
  readonly sourceBuckets: SourceBuckets;
  readonly controlBucket: ControlBucket;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly pool: Pool;
}

export const handler = apiHandler(CreateEnvironmentRequest, createEnvironment, () => ({
  environments: environments(),
  operations: operations(),
  workflows: workflows(),
  sourceBuckets: sourceBuckets(),
  controlBucket: controlBucket(),
  clock: clock(),
  identifiers: identifiers(),
  pool: pool(),
}));

/** Accepts a create and starts the ladder that carries it out. The same request repeated while CREATING is the same create. */
export async function createEnvironment(request: CreateEnvironmentRequest, ports: Ports, caller: Caller) {
  const requestHash = sha256(requestText(request));
  const existing = await ports.environments.get(request.Name);
  if (canCreate(existing, requestHash) === "repeat") return { Arn: existing!.arn };
  withinQuota((await ports.environments.listNames(undefined, ports.pool.quotas.environments)).names.length, ports.pool);
  const environmentId = ports.identifiers.environmentId();
  const settings = { executionRoleArn: request.ExecutionRoleArn };
  const arn = environmentArn(request.Name, ports.pool);
  const reader = ports.sourceBuckets.as(executionRoleOf({ arn, environmentId, settings }));
  const { environment, operation } = planCreate({
    found: await findFiles(requestedFiles(request), reader),
    request,
    requestHash,
    configuration: configurationOf(request, sha256),
    bucket: await reader.facts(bucketOfArn(request.SourceBucketArn)),
    pool: ports.pool,
    environmentId,
    operationId: ports.identifiers.operationId(),
    caller: caller.arn,
    now: ports.clock.now(),
  });
  const { configuration } = environment.settings;
  if (configuration)
    await ports.controlBucket.putConfiguration(
      environment.names.prefix,
      configuration.key,
      request.AirflowConfigurationOptions!,
    );
  await ports.operations.create(operation);
  if (!(await ports.environments.create(environment))) {
    // the configuration may be secret, and nothing points to it
    if (configuration) await ports.controlBucket.empty(environment.names.prefix);
    const first = await ports.environments.get(request.Name);
    canCreate(first, requestHash); // another request came first: the same one, or this throws
    return { Arn: environment.arn };
  }
  await ports.workflows.start(operation.kind, executionName(operation), {
    operationId: operation.operationId,
    attempt: 1,
  });
  return { Arn: environment.arn };
}
