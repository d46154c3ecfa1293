// How long a change is reckoned with when it is to be done by the end of a maintenance window.
import type { OperationItem } from "./items.ts";
import { usualLayerSeconds } from "./layer.ts";
import { effectOf, type UpdatePlan } from "./plan-update.ts";
import type { UpgradePlan } from "./plan-upgrade.ts";
import { journalKey } from "./step-door.ts";
import type { Effect } from "./update-effects.ts";
import { secondsTaken } from "./update-preview.ts";
import { likeUpgrade } from "./upgrade-preview.ts";

/** What an update may take by its deadlines: new tasks have 900 s to become healthy, what is taken back is removed in minutes. */
const mostUpdateSeconds: Readonly<Record<Effect, number>> = { record: 60, reload: 60, scale: 600, roll: 1_500 };
/**
 * A first upgrade between two versions. Its deadlines add up to more than a window has, because a migration may take hours; what
 * people have seen is minutes (docs/maintenance.md).
 */
const unknownUpgradeSeconds = 5_400;
/** A way back starts nothing that takes longer than the way there. */
const withWayBack = 2;

/**
 * Twice what operations like it usually took here, with the way back; a stated bound when there was none. An update is never
 * reckoned with more than its deadlines allow, so that each fits a whole window. The time in which old
 * workers finish their tasks (GRACEFUL) is not in it: it may be twelve hours, and nothing is unavailable meanwhile.
 * @param history operations of this installation, any kind, newest first
 */
export function expectedSeconds(plan: UpdatePlan | UpgradePlan, history: readonly OperationItem[]): number {
  const taken = secondsTaken(history.map(withoutDrain), (past) => isLike(past.plan, plan));
  const usual = taken && Math.max(60, Math.ceil(taken.Typical * withWayBack));
  if (plan.type === "upgrade-environment") return usual ?? unknownUpgradeSeconds;
  const layer = plan.layer.kind === "build" ? usualLayerSeconds : 0;
  const most = mostUpdateSeconds[effectOf(plan) ?? "record"] + layer;
  // one that took longer was cut off and resumed: the machine was switched off, say
  return Math.min(usual ?? most, most);
}

function isLike(past: OperationItem["plan"], plan: UpdatePlan | UpgradePlan): boolean {
  if (plan.type === "upgrade-environment") return likeUpgrade(past, plan);
  return past.type === "update-environment" && effectOf(past) === effectOf(plan) && past.layer.kind === plan.layer.kind;
}

/** As if it had begun later by so long as its old workers took. */
function withoutDrain(past: OperationItem): OperationItem {
  const asked = past.journal[journalKey("run", "drain-workers")]?.endedAt;
  const drained = past.journal[journalKey("run", "commit-operation")]?.startedAt;
  if (asked === undefined || drained === undefined) return past;
  return { ...past, createdAt: past.createdAt + Math.max(0, drained - asked) };
}
