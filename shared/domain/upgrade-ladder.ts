// The rungs of upgrade-environment: a saga whose way back touches nothing, because a copy of the database is migrated and the
// original lies sealed until the commit. Beside the ladders that are built (ladders.ts) until its machine is.
import type { OperationItem } from "./items.ts";
import type { Ladder } from "./ladders.ts";
import type { EnvironmentStatus } from "./status.ts";
import { journalKey } from "./step-door.ts";

export const upgradeLadder = {
  type: "saga",
  version: 1,
  rungs: [
    { step: "build-layer", state: "BuildLayer", kind: "effect" },
    { step: "check-layer", state: "CheckLayer", kind: "check" },
    { step: "prepare-generation", state: "PrepareGeneration", kind: "effect" },
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
    { step: "publish-control", state: "PublishControl", kind: "after" },
    { step: "retire-generation", state: "RetireGeneration", kind: "after" },
  ],
} as const satisfies Ladder;

export type UpgradeStep = (typeof upgradeLadder.rungs)[number]["step"];

/**
 * The status an upgrade shows while it is in flight, derived from its journal so that it is the same whoever writes it, and
 * however often (MWAA user guide: UPDATING, CREATING_SNAPSHOT, UPDATING; ROLLING_BACK on the way back).
 */
export function upgradePhase(operation: Pick<OperationItem, "journal" | "direction">): EnvironmentStatus {
  if (operation.direction === "undoing") return "ROLLING_BACK";
  const started = (step: UpgradeStep) => operation.journal[journalKey("run", step)] !== undefined;
  return started("close-door") && !started("migrate-database") ? "CREATING_SNAPSHOT" : "UPDATING";
}
