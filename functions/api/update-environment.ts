// MWAA API: UpdateEnvironment. Load, decide, commit, start.
import { UpdateEnvironmentRequest } from "../../shared/domain/requests.ts";
import { type AcceptingPorts, acceptOrQueue } from "../../shared/runtime/accept-update.ts";
import { apiHandler, type Caller } from "../../shared/runtime/api-handler.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import { workflows } from "../../shared/runtime/provide/workflows.ts";

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

/**
 * Accepts a change and starts the ladder that carries it out. UPDATING is stored before the answer: Terraform's first poll
 * comes at once. Of two changes that come together one wins; the other is refused and has changed nothing, but for an
 * object of options that nothing names, which goes with the environment. During MAINTENANCE it is queued.
 */
export async function updateEnvironment(request: UpdateEnvironmentRequest, ports: AcceptingPorts, caller: Caller) {
  const { arn } = await acceptOrQueue(request, ports, caller);
  return { Arn: arn };
}
