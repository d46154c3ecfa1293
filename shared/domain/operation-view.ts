// An operation as the API shows it: what was asked, how far it is, why it ended as it did. Extension of the MWAA API.
import type { EnvironmentItem, OperationItem } from "./items.ts";
import { ladderOf, type Rung } from "./ladders.ts";
import { journalKey } from "./step-door.ts";
import { interruptedView, upgradeInFlightView } from "./upgrade-view.ts";
import { withoutAbsent } from "./without-absent.ts";

export type OperationStatus = "RUNNING" | "UNDOING" | "SUCCEEDED" | "ROLLED_BACK" | "STUCK";

/** Whether anything ever pointed to it: an operation whose commit lost its race is void and shown to nobody. */
export function isVoid(operation: OperationItem, environment: EnvironmentItem): boolean {
  const began = Object.keys(operation.journal).length > 0 || operation.outcome !== null;
  return (
    operation.environmentId !== environment.environmentId ||
    (!began && environment.operationId !== operation.operationId)
  );
}

/** The wire form. Times are epoch seconds. */
export function operationView(operation: OperationItem): Record<string, unknown> {
  const { plan, failure } = operation;
  const ended = endOf(operation);
  return withoutAbsent({
    OperationId: operation.operationId,
    Type: operation.kind,
    Status: statusOf(operation),
    CreatedAt: operation.createdAt / 1000,
    CreatedBy: operation.createdBy,
    EndedAt: ended === undefined ? undefined : ended / 1000,
    Seconds: ended === undefined ? undefined : (ended - operation.createdAt) / 1000,
    Window: operation.window === undefined ? undefined : Date.parse(operation.window) / 1000,
    Attempt: operation.attempt,
    Changes: "changes" in plan ? plan.changes.map(changeView) : undefined,
    WorkerReplacementStrategy: "strategy" in plan ? plan.strategy : undefined,
    Upgrade: upgradeInFlightView(operation),
    Interrupted: interruptedView(operation),
    Steps: ladderOf(operation.kind).rungs.map((rung) => stepView(operation, rung)),
    Error: failure
      ? withoutAbsent({
          Step: failure.step,
          ErrorCode: failure.code,
          ErrorMessage: failure.message,
          Log: failure.log,
        })
      : undefined,
  });
}

/** One planned change of an update, as plan, operation and dry run show it. */
export const changeView = (change: {
  readonly member: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly effect: string;
  readonly roles: readonly string[];
  readonly reason: string;
}): Record<string, unknown> => ({
  Member: change.member,
  Before: change.before,
  After: change.after,
  Effect: change.effect.toUpperCase(),
  Roles: change.roles,
  Reason: change.reason,
});

/** How it stands. */
export function statusOf({ outcome, direction }: Pick<OperationItem, "outcome" | "direction">): OperationStatus {
  if (outcome === "succeeded") return "SUCCEEDED";
  if (outcome === "rolledBack") return "ROLLED_BACK";
  if (outcome === "stuck") return "STUCK";
  return direction === "undoing" ? "UNDOING" : "RUNNING";
}

/** When it ended, in milliseconds: with its outcome, or with a step that followed the commit; undefined while it runs. */
export function endOf({ outcome, endedAt, journal, createdAt }: OperationItem): number | undefined {
  if (outcome === null) return undefined;
  return Math.max(endedAt ?? createdAt, ...Object.values(journal).map((entry) => entry.endedAt ?? entry.startedAt));
}

function stepView(operation: OperationItem, rung: Rung): Record<string, unknown> {
  const run = operation.journal[journalKey("run", rung.step)];
  const undo = operation.journal[journalKey("undo", rung.step)];
  return withoutAbsent({
    Step: rung.step,
    Kind: rung.kind.toUpperCase(),
    StartedAt: run && run.startedAt / 1000,
    EndedAt: run?.endedAt === undefined ? undefined : run.endedAt / 1000,
    Seconds: run?.endedAt === undefined ? undefined : (run.endedAt - run.startedAt) / 1000,
    UndoneAt: undo?.endedAt === undefined ? undefined : undo.endedAt / 1000,
  });
}
