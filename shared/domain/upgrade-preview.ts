// The dry run of an upgrade as data: the same members as of an update, and beside them what only an upgrade does. Extension of
// the MWAA API: POST /environments/{Name}/plan.
import type { OperationItem } from "./items.ts";
import { changeView } from "./operation-view.ts";
import type { UpgradePlan } from "./plan-upgrade.ts";
import { priceView, secondsTaken } from "./update-preview.ts";
import { upgradeView } from "./upgrade-view.ts";

/** @param history operations of this installation, any kind, newest first */
export function upgradePreview(plan: UpgradePlan, history: readonly OperationItem[]): Record<string, unknown> {
  return {
    Changes: plan.changes.map(changeView),
    Effect: "ROLL",
    WorkerReplacementStrategy: plan.strategy,
    Order: orderOf(plan),
    TasksAffected: {
      Replaced: plan.services.map(({ role, desiredCount }) => ({ Role: role, Count: desiredCount })),
      Scaled: [],
    },
    ExpectedSeconds: secondsTaken(history, ({ plan: past }) => likeUpgrade(past, plan)),
    PricePerHour: { Before: priceView(plan.before.settings), After: priceView(plan.after.settings) },
    Reversible: {
      Possible: plan.hop.how === "restore",
      Reason: `Until the record is written any failure goes back by itself, with nothing lost. ${afterwards(plan)}`,
    },
    Upgrade: upgradeView(plan),
  };
}

/** Whether an operation took the same way, so that its time says something about this one's. */
export const likeUpgrade = (past: OperationItem["plan"], { hop }: UpgradePlan): boolean =>
  past.type === "upgrade-environment" &&
  past.hop.how === hop.how &&
  past.hop.from === hop.from &&
  past.hop.to === hop.to;

const afterwards = ({ hop, ...plan }: UpgradePlan): string =>
  hop.how === "restore"
    ? `After it the database as it was before is a snapshot itself, kept for ${days(plan)} days: restoring that one regrets this.`
    : `After it ${hop.from} cannot read what ${hop.to} writes; the database as it was before is kept for ${days(plan)} days.`;

const days = ({ snapshot }: Pick<UpgradePlan, "snapshot">): number => Math.round(snapshot.retentionSeconds / 86_400);

function orderOf(plan: UpgradePlan): readonly string[] {
  const { hop, pause, services, layer, databases } = plan;
  const roles = services.map(({ role }) => role).join(", ");
  return [
    ...(layer.kind === "build"
      ? [
          `build a layer of ${Object.keys(layer.build.files).join(", ")} for Airflow ${hop.to} beside what runs; if that fails, nothing changes`,
        ]
      : []),
    "make a queue, roles and a results database for the new generation",
    pause.deadlineSeconds === 0
      ? "pause scheduling; running tasks are not waited for"
      : `pause scheduling, and let running tasks finish for ${pause.deadlineSeconds} s at most`,
    "stop the old tasks: from here on UI and API answer 503, and nothing is scheduled, until the record is written",
    hop.how === "restore"
      ? "list task instances that were ended, to run again if this is regretted"
      : "list task instances that were ended, to run again",
    hop.how === "restore"
      ? `seal the database, which becomes a snapshot, and copy ${databases.original.database}, which stays one`
      : `seal the database, copy it, and migrate the copy to Airflow ${hop.to}; the original is the snapshot`,
    `start new ${roles} tasks on the copy, and see a canary through them`,
    "write the record",
    "let everything go on, and remove the old generation",
    ...(plan.release ? [`serve the DAG files of release ${plan.release.number} again`] : []),
    ...(plan.changes.some(({ effect }) => effect === "reload") ? ["make a release of the DAG folder"] : []),
  ];
}
