// The rungs of every ladder in order: what the step door knows about a machine. The ASL files in state-machines/ must
// say the same (a test compares them). Names already shipped are append-only within a ladder version.

/**
 * `effect`: journaled, has an undo. `once`: an effect that must never run twice. `check`: observed anew each time.
 * `commit`: the pivot. `after`: follows the commit, is only retried.
 */
export type RungKind = "effect" | "once" | "check" | "commit" | "after";

export interface Rung {
  /** The step function, and its name in the journal. */
  readonly step: string;
  /** The Task state of its run; an effect's undo is `Undo` + this. */
  readonly state: string;
  readonly kind: RungKind;
}

export interface Ladder {
  /** `saga`: may be undone. `forward-only`: ends Succeeded or Stuck. */
  readonly type: "saga" | "forward-only";
  readonly version: number;
  readonly rungs: readonly Rung[];
}

export const ladders = {
  "create-environment": {
    type: "saga",
    version: 1,
    rungs: [
      { step: "create-secrets", state: "CreateSecrets", kind: "effect" },
      { step: "create-queue", state: "CreateQueue", kind: "effect" },
      { step: "publish-first-release", state: "PublishFirstRelease", kind: "effect" },
      { step: "build-layer", state: "BuildLayer", kind: "effect" },
      { step: "migrate-template", state: "MigrateTemplate", kind: "effect" },
      { step: "check-template", state: "CheckTemplate", kind: "check" },
      { step: "clone-databases", state: "CloneDatabases", kind: "effect" },
      { step: "check-layer", state: "CheckLayer", kind: "check" },
      { step: "deploy-services", state: "DeployServices", kind: "effect" },
      { step: "check-services", state: "CheckServices", kind: "check" },
      { step: "put-alarms", state: "PutAlarms", kind: "effect" },
      { step: "check-canary", state: "CheckCanary", kind: "check" },
      { step: "commit-operation", state: "CommitOperation", kind: "commit" },
      { step: "publish-control", state: "PublishControl", kind: "after" },
    ],
  },
  "update-environment": {
    type: "saga",
    version: 1,
    rungs: [
      { step: "build-layer", state: "BuildLayer", kind: "effect" },
      { step: "check-layer", state: "CheckLayer", kind: "check" },
      { step: "limit-connections", state: "LimitConnections", kind: "effect" },
      { step: "deploy-services", state: "DeployServices", kind: "effect" },
      { step: "check-services", state: "CheckServices", kind: "check" },
      { step: "put-alarms", state: "PutAlarms", kind: "effect" },
      { step: "scale-services", state: "ScaleServices", kind: "effect" },
      { step: "drain-workers", state: "DrainWorkers", kind: "effect" },
      { step: "check-drained", state: "CheckDrained", kind: "check" },
      { step: "commit-operation", state: "CommitOperation", kind: "commit" },
      { step: "retire-services", state: "RetireServices", kind: "after" },
      { step: "publish-control", state: "PublishControl", kind: "after" },
    ],
  },
  "upgrade-environment": {
    type: "saga",
    version: 1,
    rungs: [
      { step: "build-layer", state: "BuildLayer", kind: "effect" },
      { step: "check-layer", state: "CheckLayer", kind: "check" },
      { step: "prepare-generation", state: "PrepareGeneration", kind: "effect" },
      { step: "check-image", state: "CheckImage", kind: "check" },
      { step: "pause-scheduling", state: "PauseScheduling", kind: "effect" },
      { step: "check-paused", state: "CheckPaused", kind: "check" },
      { step: "stop-services", state: "StopServices", kind: "effect" },
      { step: "check-stopped", state: "CheckStopped", kind: "check" },
      { step: "close-door", state: "CloseDoor", kind: "effect" },
      { step: "mark-interrupted", state: "MarkInterrupted", kind: "effect" },
      { step: "copy-database", state: "CopyDatabase", kind: "effect" },
      { step: "check-copied", state: "CheckCopied", kind: "check" },
      { step: "migrate-database", state: "MigrateDatabase", kind: "once" },
      { step: "check-migrated", state: "CheckMigrated", kind: "check" },
      { step: "requeue-tasks", state: "RequeueTasks", kind: "effect" },
      { step: "deploy-services", state: "DeployServices", kind: "effect" },
      { step: "check-services", state: "CheckServices", kind: "check" },
      { step: "put-alarms", state: "PutAlarms", kind: "effect" },
      { step: "check-canary", state: "CheckCanary", kind: "check" },
      { step: "commit-operation", state: "CommitOperation", kind: "commit" },
      { step: "open-environment", state: "OpenEnvironment", kind: "after" },
      { step: "publish-control", state: "PublishControl", kind: "after" },
      { step: "retire-generation", state: "RetireGeneration", kind: "after" },
    ],
  },
  "delete-environment": {
    type: "forward-only",
    version: 1,
    rungs: [
      { step: "remove-alarms", state: "RemoveAlarms", kind: "effect" },
      { step: "remove-services", state: "RemoveServices", kind: "effect" },
      { step: "check-services-gone", state: "CheckServicesGone", kind: "check" },
      { step: "drop-databases", state: "DropDatabases", kind: "effect" },
      { step: "delete-queue", state: "DeleteQueue", kind: "effect" },
      { step: "delete-secrets", state: "DeleteSecrets", kind: "effect" },
      { step: "remove-storage", state: "RemoveStorage", kind: "effect" },
      { step: "commit-operation", state: "CommitOperation", kind: "commit" },
    ],
  },
} as const satisfies Record<string, Ladder>;

export type OperationKind = keyof typeof ladders;
/** What an operation does, as events of the record and names of executions say it: `create`, `update`, `delete`. */
export const verbOf = (kind: OperationKind): string => kind.split("-")[0]!;

export type StepDirection = "run" | "undo";

/** The step that settles an operation before it ends RolledBack or Stuck; it belongs to every ladder and has no rung. */
export const settleStep = "settle-operation";
export const settleStates = { SettleRolledBack: "rolledBack", SettleStuck: "stuck" } as const;

/** The ladder of an operation, for the door and the sweeper. */
export function ladderOf(kind: OperationKind): Ladder {
  return ladders[kind];
}

/**
 * Which rung and direction a Task state's name means.
 * @returns undefined for a name that is no rung of this ladder (the settle states, or a state of another version)
 */
export function rungOfState(
  ladder: Ladder,
  state: string,
): { readonly rung: Rung; readonly direction: StepDirection } | undefined {
  const forward = ladder.rungs.find((rung) => rung.state === state);
  if (forward) return { rung: forward, direction: "run" };
  if (ladder.type === "forward-only" || !state.startsWith("Undo")) return undefined;
  const undone = ladder.rungs.find((rung) => rung.state === state.slice(4));
  return undone && (undone.kind === "effect" || undone.kind === "once")
    ? { rung: undone, direction: "undo" }
    : undefined;
}
