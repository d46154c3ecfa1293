// An upgrade as the API shows it, in its operation and in its dry run, and what it has left on the record. Extensions of the
// MWAA API; times are epoch seconds.
import type { OperationItem } from "./items.ts";
import type { Snapshot } from "./snapshot-item.ts";
import type { UpgradePlan } from "./plan-upgrade.ts";
import { journalKey } from "./step-door.ts";
import { upgradePhase } from "./upgrade-ladder.ts";
import { withoutAbsent } from "./without-absent.ts";

/** What it changes, how long scheduling is paused at most, what is kept of the old, and what may be lost. */
export const upgradeView = ({
  hop,
  pause,
  snapshot,
  losses,
  databases,
  release,
}: UpgradePlan): Record<string, unknown> => ({
  From: hop.from,
  To: hop.to,
  How: hop.how.toUpperCase(),
  ...(hop.how === "restore" ? { Restores: databases.original.database } : {}),
  ...(release ? { Release: release.number } : {}),
  Pause: { MostSeconds: pause.deadlineSeconds, AtDeadline: pause.atDeadline.toUpperCase() },
  Snapshot: { Name: snapshot.name, AirflowVersion: snapshot.airflowVersion, KeptSeconds: snapshot.retentionSeconds },
  Losses: losses,
});

/** The same of an operation: with the status its environment shows, as long as it is in flight. */
export const upgradeInFlightView = (operation: OperationItem): Record<string, unknown> | undefined =>
  operation.plan.type !== "upgrade-environment"
    ? undefined
    : { ...upgradeView(operation.plan), ...(operation.outcome === null ? { Phase: upgradePhase(operation) } : {}) };

/** A task instance that an upgrade has ended. */
interface InterruptedTask {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
}

/** What `mark-interrupted`, and on the way back `stop-services`, leave in the journal: so many by name, and how many in all. */
interface InterruptedOutput {
  readonly count: number;
  readonly interrupted: readonly InterruptedTask[];
}

/** An output goes into the journal and through the machine. */
const mostListed = 100;

/** @param all the operation's whole list */
export const interruptedOutput = (all: readonly InterruptedTask[]): InterruptedOutput => ({
  ...{ count: all.length, interrupted: all.slice(0, mostListed) },
});

/** Task instances that an upgrade has ended, and that run again; undefined where it has not come that far. */
export function interruptedView({ journal }: Pick<OperationItem, "journal">): Record<string, unknown> | undefined {
  // the way back lists all that forward did, and what it marked itself
  const ends = [journalKey("undo", "stop-services"), journalKey("run", "mark-interrupted")];
  const output = ends.map((key) => journal[key]?.output as InterruptedOutput | null | undefined).find((one) => one);
  if (!output) return undefined;
  return {
    Count: output.count,
    Tasks: output.interrupted.map(({ dagId, runId, taskId, mapIndex, tryNumber }) => ({
      ...{ DagId: dagId, RunId: runId, TaskId: taskId, MapIndex: mapIndex, TryNumber: tryNumber },
    })),
  };
}

/** A database that is kept. */
export const snapshotView = (snapshot: Snapshot): Record<string, unknown> =>
  withoutAbsent({
    Name: snapshot.name,
    State: snapshot.state ?? "AVAILABLE",
    AirflowVersion: snapshot.airflowVersion,
    CreatedAt: snapshot.createdAt / 1000,
    ExpiresAt: snapshot.expiresAt / 1000,
    OperationId: snapshot.operationId,
    Description: snapshot.description,
    SizeBytes: snapshot.size,
    Failure: snapshot.reason,
  });

/** The same in its own list, with whether it can be restored here. @param unfit why it cannot */
export const snapshotListView = (snapshot: Snapshot, unfit: string | undefined): Record<string, unknown> => ({
  ...snapshotView(snapshot),
  Restorable: unfit === undefined,
  ...(unfit === undefined ? {} : { Reason: unfit }),
});
