// The dry run of an update as data: what would change, what that does, how long it takes, what it costs, whether it can be
// taken back. Extension of the MWAA API: POST /environments/{Name}/plan.
import type { OperationItem } from "./items.ts";
import { changeView, endOf } from "./operation-view.ts";
import { effectOf, type UpdatePlan } from "./plan-update.ts";
import { hourlyPrice } from "./prices.ts";

/** Operations to look at for how long one takes: enough for a middle value, few enough to read. */
export const historyLength = 20;

/** @param history operations of this installation, any kind, newest first */
export function updatePreview(plan: UpdatePlan, history: readonly OperationItem[]): Record<string, unknown> {
  const effect = effectOf(plan);
  return {
    Changes: plan.changes.map(changeView),
    Effect: effect === null ? "NONE" : effect.toUpperCase(),
    WorkerReplacementStrategy: plan.strategy,
    Order: orderOf(plan),
    TasksAffected: {
      Replaced: plan.services.map(({ role, desiredCount }) => ({ Role: role, Count: desiredCount })),
      Scaled: plan.scaled.map(({ service, from, to }) => ({ Service: service, From: from, To: to })),
    },
    ExpectedSeconds: secondsTaken(
      history,
      (past) => past.plan.type === "update-environment" && effectOf(past.plan) === effect,
    ),
    PricePerHour: { Before: priceView(plan.before.settings), After: priceView(plan.after.settings) },
    Reversible: reversible(plan),
  };
}

function orderOf(plan: UpdatePlan): readonly string[] {
  const roles = plan.services.map(({ role }) => role).join(", ");
  return [
    ...(plan.layer.kind === "build"
      ? [
          `build a layer of ${Object.keys(plan.layer.build.files).join(", ")} beside what runs; if that fails, nothing changes`,
        ]
      : []),
    ...(plan.connections ? [`set the database's connection limit to ${plan.connections.to}`] : []),
    ...(roles ? [`start new ${roles} tasks beside the old ones`, "wait until every new component is healthy"] : []),
    ...plan.scaled.map(({ service, from, to }) => `change ${service} from ${from} to ${to} tasks`),
    ...(plan.drain ? ["let the old workers finish their tasks"] : []),
    "write the record",
    ...(roles ? [plan.drain ? "remove the old tasks" : "stop the old tasks; tasks they still run are ended"] : []),
    ...(plan.changes.some(({ effect }) => effect === "reload") ? ["make a release of the DAG folder"] : []),
  ];
}

/** The middle of what successful operations like it took here; null when there was none yet. */
export function secondsTaken(history: readonly OperationItem[], isAlike: (past: OperationItem) => boolean) {
  const taken = history
    .filter((past) => past.outcome === "succeeded" && isAlike(past))
    .map((past) => (endOf(past)! - past.createdAt) / 1000)
    .sort((a, b) => a - b);
  const typical = taken[Math.floor(taken.length / 2)];
  return typical === undefined ? null : { Typical: typical, Samples: taken.length };
}

export function priceView(settings: UpdatePlan["before"]["settings"]) {
  const price = hourlyPrice(settings);
  return price && { Currency: "USD", Least: price.least, Most: price.most, Basis: "Amazon MWAA list price, us-east-1" };
}

function reversible(plan: UpdatePlan) {
  if (plan.services.length > 0 && !plan.drain)
    return {
      Possible: true,
      Reason: "Another update sets it back. Tasks that were ended with their workers are not run again by it.",
    };
  return { Possible: true, Reason: "Another update sets it back; nothing is lost." };
}
