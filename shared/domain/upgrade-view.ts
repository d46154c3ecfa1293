// An upgrade as the API shows it, in its operation and in its dry run, and what it has left on the record. Extensions of the
// MWAA API; times are epoch seconds.
import type { OperationItem, Snapshot } from "./items.ts";
import type { UpgradePlan } from "./plan-upgrade.ts";
import { journalKey } from "./step-door.ts";
import { upgradePhase } from "./upgrade-ladder.ts";

/** What it changes, how long scheduling is paused at most, what is kept of the old, and what may be lost. */
export const upgradeView = ({ hop, pause, snapshot, losses }: UpgradePlan): Record<string, unknown> => ({
  From: hop.from,
  To: hop.to,
  Pause: { MostSeconds: pause.deadlineSeconds, AtDeadline: pause.atDeadline.toUpperCase() },
  Snapshot: { Name: snapshot.name, AirflowVersion: snapshot.airflowVersion, KeptSeconds: snapshot.retentionSeconds },
  Losses: losses,
});

/** The same of an operation: with the status its environment shows, as long as it is in flight. */
export const upgradeInFlightView = (operation: OperationItem): Record<string, unknown> | undefined =>
  operation.plan.type !== "upgrade-environment"
    ? undefined
    : { ...upgradeView(operation.plan), ...(operation.outcome === null ? { Phase: upgradePhase(operation) } : {}) };

/** The output of the step `mark-interrupted`, as the journal keeps it: it names so many at most, and counts all. */
interface InterruptedOutput {
  readonly count: number;
  readonly interrupted: readonly {
    readonly dagId: string;
    readonly runId: string;
    readonly taskId: string;
    readonly mapIndex: number;
    readonly tryNumber: number;
  }[];
}

/** Task instances that an upgrade has ended, and that run again; undefined where it has not come that far. */
export function interruptedView({ journal }: Pick<OperationItem, "journal">): Record<string, unknown> | undefined {
  const output = journal[journalKey("run", "mark-interrupted")]?.output as InterruptedOutput | null | undefined;
  if (!output) return undefined;
  return {
    Count: output.count,
    Tasks: output.interrupted.map(({ dagId, runId, taskId, mapIndex, tryNumber }) => ({
      ...{ DagId: dagId, RunId: runId, TaskId: taskId, MapIndex: mapIndex, TryNumber: tryNumber },
    })),
  };
}

/** A database that is kept. */
export const snapshotView = (snapshot: Snapshot): Record<string, unknown> => ({
  Name: snapshot.name,
  AirflowVersion: snapshot.airflowVersion,
  CreatedAt: snapshot.createdAt / 1000,
  ExpiresAt: snapshot.expiresAt / 1000,
  OperationId: snapshot.operationId,
});
