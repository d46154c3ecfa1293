// What an operation's end writes into the record. Every status change of a running operation is decided here.
import type { EnvironmentItem, OperationItem } from "./items.ts";
import { verbOf } from "./ladders.ts";
import { layerOf } from "./layer.ts";
import { withLog } from "./quoted-log.ts";
import { journalKey } from "./step-door.ts";
import { type EnvironmentEvent, transition } from "./status.ts";
import { upgraded } from "./upgrade-outcome.ts";

/**
 * The record after a commit; undefined when the environment itself is gone with it (delete).
 * @throws Error when the record does not point to this operation: someone else's change must not be overwritten
 */
export function committed(
  environment: EnvironmentItem,
  operation: OperationItem,
  now: number,
): EnvironmentItem | undefined {
  const status = transition(environment.status, `${verbOf(operation.kind)}-committed` as EnvironmentEvent);
  if (status === "DELETED") return undefined;
  const { plan } = operation;
  return {
    ...environment,
    ...(plan.type === "update-environment"
      ? { ...plan.after, retired: [...environment.retired, ...plan.retired] }
      : {}),
    // its DAGs were held until they are parsed anew, as an upgrade's are: the schedule lets them go
    ...(plan.type === "create-environment" && plan.from && !plan.from.pauseDags
      ? { toOpen: { operationId: operation.operationId } }
      : {}),
    ...(plan.type === "upgrade-environment" ? upgraded(environment, operation, plan, now) : {}),
    ...(plan.type === "delete-environment"
      ? {}
      : { layer: layerOf(plan.layer, operation.journal[journalKey("run", "build-layer")]?.output) }),
    status,
    generation: environment.generation + 1,
    operationId: null,
    operationKind: null,
    drains: [],
    ...(environment.pause ? { pause: null } : {}),
    lastUpdate: { ...environment.lastUpdate, status: "SUCCESS", createdAt: now },
  };
}

/**
 * Answers a commit that is repeated: the record no longer points to the operation because the first one came through.
 * @throws Error when the record says otherwise
 */
export function alreadyCommitted(
  operation: OperationItem,
  environment: EnvironmentItem | undefined,
): { status: string } {
  const same = environment?.environmentId === operation.environmentId;
  if (!same && operation.kind === "delete-environment") return { status: "DELETED" };
  if (same && environment.operationId === null && environment.lastUpdate.status === "SUCCESS")
    return { status: environment.status };
  throw new Error(`The record of ${operation.environmentName} does not point to operation ${operation.operationId}.`);
}

/** The record after an operation was undone, or got stuck: with the reason a person can act on. */
export function settled(
  environment: EnvironmentItem,
  operation: OperationItem,
  outcome: "rolledBack" | "stuck",
  now: number,
): EnvironmentItem {
  const ending = outcome === "rolledBack" ? "rolled-back" : "stuck";
  const status = transition(environment.status, `${verbOf(operation.kind)}-${ending}` as EnvironmentEvent);
  const failure = operation.failure;
  const message = failure
    ? `${failure.code === "CANCELLED" ? "" : `Step ${failure.step} failed: `}${failure.message.replace(/[.\s]*$/, ".")}`
    : `The ${operation.kind} operation did not finish and left no reason.`;
  const undone = {
    "create-environment": " Nothing of it is left; correct the cause, delete the environment and create it again.",
    "update-environment": " The environment runs as it did before; correct the cause and update it again.",
    "upgrade-environment": ` The environment runs Airflow ${environment.settings.airflowVersion} as it did before; correct the cause and try again.`,
    "delete-environment": "",
  };
  const advice =
    outcome === "stuck"
      ? ` Operation ${operation.operationId} needs a person: see ARCHITECTURE.md, "When an operation is stuck".`
      : undone[operation.kind];
  return {
    ...environment,
    status,
    generation: environment.generation + 1,
    operationId: null,
    operationKind: null,
    drains: [],
    ...(environment.pause ? { pause: null } : {}),
    lastUpdate: {
      ...environment.lastUpdate,
      operationId: operation.operationId,
      status: "FAILED",
      createdAt: now,
      error: {
        code: failure?.code ?? "INCORRECT_CONFIGURATION",
        message: withLog(`${message}${advice}`, unsaid(failure), 1024),
      },
    },
  };
}

/** Lines of the log that say more than the failure itself, which may quote one. */
const unsaid = (failure: OperationItem["failure"]): readonly string[] =>
  (failure?.log ?? []).filter((line) => !line.includes(failure!.message.slice(0, 80)));
