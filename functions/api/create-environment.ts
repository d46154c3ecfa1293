// MWAA API: CreateEnvironment.
import { CreateEnvironmentRequest } from "../../shared/domain/requests.ts";
import { apiHandler, type Caller } from "../../shared/runtime/api-handler.ts";
import { acceptCreate, type CreatePorts } from "../../shared/runtime/create-acceptance.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import { workflows } from "../../shared/runtime/provide/workflows.ts";

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

/** Accepts a create and starts the ladder that carries it out. */
export async function createEnvironment(request: CreateEnvironmentRequest, ports: CreatePorts, caller: Caller) {
  return acceptCreate(request, undefined, ports, caller);
}
