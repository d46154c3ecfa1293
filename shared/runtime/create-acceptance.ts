// Accepts a create: of an environment with an empty database, or of one made of a snapshot.
import type { CloneOrigin } from "../domain/clone.ts";
import { executionRoleOf } from "../domain/execution-role.ts";
import { canCreate, withinQuota } from "../domain/gates.ts";
import { requestedFiles } from "../domain/layer-wish.ts";
import { bucketOfArn, environmentArn } from "../domain/names.ts";
import { configurationOf, planCreate, requestText } from "../domain/plan-create.ts";
import type { Pool } from "../domain/pool.ts";
import type { CreateEnvironmentRequest } from "../domain/requests.ts";
import { executionName } from "../domain/sweep.ts";
import type { Clock, Identifiers } from "../ports/clock.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { Environments } from "../ports/environments.ts";
import type { Operations } from "../ports/operations.ts";
import type { SourceBuckets } from "../ports/source-buckets.ts";
import type { Workflows } from "../ports/workflows.ts";
import { sha256 } from "./digest.ts";
import { findFiles } from "./file-lookup.ts";

export interface CreatePorts {
  readonly environments: Environments;
  readonly operations: Operations;
  readonly workflows: Workflows;
  readonly sourceBuckets: SourceBuckets;
  readonly controlBucket: ControlBucket;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly pool: Pool;
}

/** What it is made of. */
export interface CreateFrom {
  readonly origin: CloneOrigin;
  readonly pauseDags?: boolean | undefined;
}

/**
 * Writes the record and the operation, and starts the ladder that carries it out. The same request repeated while CREATING is the
 * same create.
 * @throws HangarError of the catalogue, before anything is written
 */
export async function acceptCreate(
  request: CreateEnvironmentRequest,
  from: CreateFrom | undefined,
  ports: CreatePorts,
  caller: { readonly arn: string },
): Promise<{ readonly Arn: string }> {
  const requestHash = sha256(requestText(from ? { ...request, from } : request));
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
    ...(from ? { from } : {}),
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
