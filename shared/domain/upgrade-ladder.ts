// The rungs of upgrade-environment by name: a saga whose way back touches nothing, because a copy of the database is migrated and
// the original lies sealed until the commit. And the status the environment shows meanwhile.
import type { OperationItem } from "./items.ts";
import { ladders } from "./ladders.ts";
import type { EnvironmentStatus } from "./status.ts";
import { journalKey } from "./step-door.ts";

export const upgradeLadder = ladders["upgrade-environment"];

export type UpgradeStep = (typeof upgradeLadder.rungs)[number]["step"];

export type UpgradePhase = Extract<
  EnvironmentStatus,
  "UPDATING" | "MAINTENANCE" | "CREATING_SNAPSHOT" | "ROLLING_BACK"
>;

/**
 * The status an upgrade shows while it is in flight, derived from its journal so that it is the same whoever writes it, and
 * however often (MWAA user guide: UPDATING, CREATING_SNAPSHOT, UPDATING; ROLLING_BACK on the way back). One that a maintenance
 * window began shows MAINTENANCE in the place of UPDATING.
 */
export function upgradePhase(operation: Pick<OperationItem, "journal" | "direction" | "window">): UpgradePhase {
  if (operation.direction === "undoing") return "ROLLING_BACK";
  const started = (step: UpgradeStep) => operation.journal[journalKey("run", step)] !== undefined;
  return started("close-door") && !started("migrate-database") ? "CREATING_SNAPSHOT" : underWay(operation);
}

const underWay = ({ window }: Pick<OperationItem, "window">) => (window === undefined ? "UPDATING" : "MAINTENANCE");
