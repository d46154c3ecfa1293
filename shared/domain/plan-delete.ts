// DeleteEnvironment as a decision: the record marked DELETING and the plan of a ladder that only goes forward.
import type { EnvironmentItem, OperationItem } from "./items.ts";
import type { ResourceNames } from "./names.ts";
import { newOperation } from "./new-operation.ts";
import type { Pool } from "./pool.ts";
import { type ScratchTemplate, scratchTemplate } from "./service-specs.ts";
import { transition } from "./status.ts";

export interface DeletePlan {
  readonly type: "delete-environment";
  readonly names: ResourceNames;
  /** What a create that got stuck may have left of its own template migration. */
  readonly scratch: ScratchTemplate;
  readonly pollSeconds: number;
  readonly deadlineSeconds: { readonly stopped: number };
}

/** Plans a delete. Bucket and logs stay; everything Hangar made for the environment goes. */
export function planDelete(
  environment: EnvironmentItem,
  input: { readonly operationId: string; readonly caller: string; readonly pool: Pool; readonly now: number },
): { readonly environment: EnvironmentItem; readonly operation: OperationItem } {
  const { now } = input;
  const plan: DeletePlan = {
    type: "delete-environment",
    names: environment.names,
    scratch: scratchTemplate(environment.settings.airflowVersion, environment.environmentId),
    pollSeconds: input.pool.pollSeconds,
    deadlineSeconds: { stopped: 600 },
  };
  return {
    environment: {
      ...environment,
      status: transition(environment.status, "delete-accepted"),
      generation: environment.generation + 1,
      operationId: input.operationId,
      operationKind: "delete-environment",
      lastUpdate: { status: "PENDING", createdAt: now },
    },
    operation: newOperation({
      ...input,
      plan,
      environmentName: environment.name,
      environmentId: environment.environmentId,
    }),
  };
}
