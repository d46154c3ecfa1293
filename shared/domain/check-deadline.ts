// How long a check may take, as its operation's plan says.
import type { OperationPlan } from "./items.ts";

/**
 * The deadline of a check in seconds. Plans of upgrades name their checks in full, those of before in one word.
 * @throws Error when the plan has none: a check of another ladder
 */
export function deadlineOf(plan: OperationPlan, check: string): number {
  const table = plan.deadlineSeconds as Readonly<Record<string, number | undefined>>;
  const seconds = table[check] ?? table[words[check] ?? check.replace(/^check-/, "")];
  if (seconds === undefined) throw new Error(`The plan of ${plan.type} has no deadline for ${check}.`);
  return seconds;
}

/** Where the word is not the check's own. */
const words: Readonly<Record<string, string>> = { "check-services-gone": "stopped" };
