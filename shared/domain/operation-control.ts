// May an operation be cancelled or resumed by a person? (Design, section 5: cancel writes only the direction; resume starts
// the machine again from the top.)
import { HangarError } from "./errors.ts";
import type { EnvironmentItem, OperationItem } from "./items.ts";
import { ladderOf, verbOf } from "./ladders.ts";
import { canCancel, isPastCommit, journalKey } from "./step-door.ts";
import { type EnvironmentEvent, transitions } from "./status.ts";

/**
 * What a cancel writes into the operation; undefined when it is undoing already.
 * @throws OperationNotCancellable
 */
export function cancelled(
  operation: OperationItem,
  environment: EnvironmentItem,
  caller: string,
): Partial<OperationItem> | undefined {
  const refuse = (why: string) =>
    new HangarError("OperationNotCancellable", `Operation ${operation.operationId} cannot be cancelled: ${why}`);
  if (environment.operationId !== operation.operationId || operation.outcome !== null)
    throw refuse("it has ended. GET the operation to see how.");
  if (operation.direction === "undoing") return undefined;
  if (canCancel(operation, ladderOf(operation.kind)))
    return {
      direction: "undoing",
      failure: { step: "cancel", code: "CANCELLED", message: `${caller} cancelled the operation` },
    };
  throw refuse(
    ladderOf(operation.kind).type === "saga"
      ? "its result has been written already, and from there it only goes forward."
      : `${operation.kind} only goes forward.`,
  );
}

/**
 * What a resume writes: into the operation first, then into the record that points to it again.
 * @throws OperationNotResumable unless the operation is the environment's last one and got stuck
 */
export function resumed(
  operation: OperationItem,
  environment: EnvironmentItem,
  now: number,
): { readonly operation: Partial<OperationItem>; readonly environment: Partial<EnvironmentItem> } {
  const refuse = (why: string) =>
    new HangarError("OperationNotResumable", `Operation ${operation.operationId} cannot be resumed: ${why}`);
  if (environment.operationId !== null)
    throw refuse(
      environment.operationId === operation.operationId
        ? "it is at work."
        : `operation ${environment.operationId} is at work. Wait for it.`,
    );
  const event =
    operation.window === undefined ? (`${verbOf(operation.kind)}-resumed` as EnvironmentEvent) : "maintenance-resumed";
  const status = transitions[environment.status]?.[event];
  // an outcome that was taken back, with nothing pointing to the operation yet, is a resume that was cut off
  const isStuck = operation.outcome === "stuck" || operation.outcome === null;
  if (!status || !isStuck || environment.lastUpdate.operationId !== operation.operationId)
    throw refuse("only the last operation of an environment can be, and only when it got stuck.");
  const { workerReplacementStrategy, source } = environment.lastUpdate;
  return {
    operation: {
      outcome: null,
      endedAt: null,
      lease: null,
      attempt: operation.attempt + 1,
      attemptStartedAt: now,
      idleAttempts: 0,
      ...ordersAgain(operation),
    },
    environment: {
      status,
      operationId: operation.operationId,
      operationKind: operation.kind,
      lastUpdate: {
        status: "PENDING",
        createdAt: now,
        ...(workerReplacementStrategy === undefined ? {} : { workerReplacementStrategy }),
        ...(operation.window === undefined || source === undefined ? {} : { source }),
      },
    },
  };
}

/** Rungs that ask tasks for something by the record, which forgets it when an operation gets stuck: nobody would be at work. */
const ordering = ["pause-scheduling", "drain-workers"];

/**
 * On its way up a resumed operation gives its orders again: a check would wait for tasks that no longer know of them. The rung
 * has been started and not ended, so it is done anew, and undone whatever comes.
 */
function ordersAgain(operation: OperationItem): Partial<Pick<OperationItem, "journal">> {
  const { journal, direction } = operation;
  if (direction === "undoing" || isPastCommit(operation, ladderOf(operation.kind))) return {};
  const given = ordering.map((step) => journalKey("run", step)).filter((key) => journal[key] !== undefined);
  if (given.length === 0) return {};
  const reopened = given.map((key) => [key, { startedAt: journal[key]!.startedAt }] as const);
  return { journal: { ...journal, ...Object.fromEntries(reopened) } };
}
