// MWAA API: UpdateEnvironment. Load, decide, commit, start.
import { UpdateEnvironmentRequest } from "../../shared/domain/requests.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import type { Workflows } from "../../shared/ports/workflows.ts";
import { acceptChange } from "../../shared/runtime/accept-change.ts";
import { apiHandler, type Caller } from "../../shared/runtime/api-handler.ts";
import { pool } from "../../shared/runtime/environment.ts";
import { type DecisionPorts, decideUpdate } from "../../shared/runtime/update-decision.ts";
import { clock, identifiers } from "../../shared/runtime/provide/clock.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { sourceBuckets } from "../../shared/runtime/provide/source-buckets.ts";
import { workflows } from "../../shared/runtime/provide/workflows.ts";

interface Ports extends DecisionPorts {
  readonly operations: Operations;
  readonly workflows: Workflows;
  readonly controlBucket: ControlBucket;
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

/**
 * Accepts a change and starts the ladder that carries it out. UPDATING is stored before the answer: Terraform's first poll
 * comes at once. Of two changes that come together one wins; the other is refused and has changed nothing, but for an
 * object of options that nothing names, which goes with the environment.
 */
export async function updateEnvironment(request: UpdateEnvironmentRequest, ports: Ports, caller: Caller) {
  const { environment } = await acceptChange(
    () => decideUpdate(request, ports, caller),
    ports,
    async ({ environment, plan }) => {
      const { configuration } = plan.after.settings;
      const options = request.AirflowConfigurationOptions;
      if (options && configuration)
        await ports.controlBucket.putConfiguration(environment.names.prefix, configuration.key, options);
    },
  );
  return { Arn: environment.arn };
}
