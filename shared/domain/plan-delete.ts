// DeleteEnvironment as a decision: the record marked DELETING and the plan of a ladder that only goes forward.
import { alarmNames } from "./alarms.ts";
import type { EnvironmentItem, OperationItem } from "./items.ts";
import { type ResourceNames, serviceName, taskRoles } from "./names.ts";
import { type FinalSnapshot, finalSnapshot } from "./final-snapshot.ts";
import { newOperation } from "./new-operation.ts";
import type { Pool } from "./pool.ts";
import { type ScratchTemplate, scratchTemplate } from "./service-specs.ts";
import { transition } from "./status.ts";
import { type UpgradeRemains, upgradeRemains } from "./upgrade-remains.ts";

export interface DeletePlan {
  readonly type: "delete-environment";
  readonly names: ResourceNames;
  /** By name. Absent from plans of before. */
  readonly alarms?: readonly string[];
  /** Services by name: those of the record, those an update replaced, and those an update that got stuck began. */
  readonly services: readonly string[];
  /** What a create that got stuck may have left of its own template migration. */
  readonly scratch: ScratchTemplate;
  /** What becomes of the database; absent: it is dropped. */
  readonly finalSnapshot?: FinalSnapshot;
  /** Beside what `names` has. Absent from plans of before. */
  readonly remains?: UpgradeRemains;
  readonly pollSeconds: number;
  readonly deadlineSeconds: { readonly stopped: number };
}

/** Every service that may be there, of any generation: a name that was never used is removed for nothing. */
function servicesOf({ environmentId, names, retired, resourceGeneration }: EnvironmentItem): readonly string[] {
  const newest = taskRoles.map((role) => serviceName(environmentId, role, resourceGeneration));
  return [...new Set([...Object.values(names.services), ...retired, ...newest])];
}

export interface DeleteInput {
  readonly operationId: string;
  readonly caller: string;
  readonly pool: Pool;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The database is dropped, not kept for a week. */
  readonly skipFinalSnapshot?: boolean | undefined;
}

/** Plans a delete. Bucket and logs stay; everything Hangar made for the environment goes, but for a last snapshot. */
export function planDelete(
  environment: EnvironmentItem,
  input: DeleteInput,
): { readonly environment: EnvironmentItem; readonly operation: OperationItem } {
  const { now } = input;
  const neverMade = environment.neverMade || environment.status === "CREATE_FAILED";
  const kept = neverMade || input.skipFinalSnapshot ? {} : { finalSnapshot: finalSnapshot(environment) };
  const plan: DeletePlan = {
    type: "delete-environment",
    names: environment.names,
    alarms: alarmNames(environment.environmentId),
    services: servicesOf(environment),
    scratch: scratchTemplate(environment.settings.airflowVersion, environment.environmentId),
    remains: upgradeRemains(environment, input.pool),
    ...kept,
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
      ...(neverMade ? { neverMade } : {}),
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
