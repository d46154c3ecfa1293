// What an upgrade check does next, given how far its record says it has come and what is there: a reconciler that may be killed
// anywhere and played from two hands at once (docs/upgrades.md, "Before"). Pure.
import type { EnvironmentItem } from "./items.ts";
import { type CheckStep, checkSteps, type UpgradeCheck } from "./upgrade-check-item.ts";

/** What is to be looked at: the step at hand, or that all is removed; null: nothing is left to be done. */
export function checkStepOf(check: UpgradeCheck): CheckStep | "clear" | null {
  if (check.cleared?.forGood) return null;
  if (check.end) return "clear";
  if (!check.rehearse || check.rehearsalFailure !== undefined) return "try";
  if (!check.copied) return "copy";
  return check.migrated ? "try" : "migrate";
}

/** Whether two readings of a check are of the same moment: nobody has carried it on between them. */
export const standsAt = (one: UpgradeCheck, other: UpgradeCheck): boolean =>
  checkStepOf(one) === checkStepOf(other) &&
  checkSteps.every((step) => one.begun[step] === other.begun[step]) &&
  one.end?.at === other.end?.at &&
  one.cleared?.at === other.cleared?.at;

/** The one-off task of a step, as the container service describes it. */
export type CheckTask =
  | { readonly state: "missing" | "running" }
  | { readonly state: "stopped"; readonly exitCode: number | null; readonly reason: string };

/** What a step was to bring about. `detail`: of the copy its bytes, of the migration its seconds. */
export type CheckProduct =
  | { readonly state: "none" }
  | { readonly state: "there"; readonly detail: number }
  | { readonly state: "failed"; readonly reason: string };

export interface CheckSeen {
  readonly task: CheckTask;
  readonly product: CheckProduct;
}

export type CheckMove = { readonly reason: string } & (
  | { readonly act: "wait" | "clear" | "none" }
  /** Written into the record first, then started. */
  | { readonly act: "begin" | "start"; readonly step: CheckStep }
  | { readonly act: "note"; readonly changes: Pick<UpgradeCheck, "copied" | "migrated" | "rehearsalFailure"> }
  | { readonly act: "conclude" }
  | { readonly act: "end"; readonly outcome: "FAILED" | "CANCELLED" }
);

/** ECS lists a task it has started within seconds, "eventually"; until then a start is repeated, which its token makes harmless. */
const listedWithinMilliseconds = 60_000;
/** Until then a hand that was cut off from the record may still make something: the longest function runs a minute. */
const clearedAgainMilliseconds = 150_000;

const hour = 3_600_000;
/** What a step may take. */
export const checkDeadlines: Readonly<Record<CheckStep, number>> = {
  copy: 6 * hour,
  migrate: 12 * hour,
  try: 1.5 * hour,
};

/** Why the environment is no longer what the check is about; undefined: it is. */
export function supersededBy(
  environment: Pick<EnvironmentItem, "operationKind" | "status" | "settings">,
  check: Pick<UpgradeCheck, "from">,
): string | undefined {
  const { operationKind, status, settings } = environment;
  if (operationKind === "upgrade-environment")
    return "A change of the version began: it needs the database for itself.";
  if (status === "DELETING") return "The environment is being deleted.";
  if (settings.airflowVersion !== check.from) return `The environment runs ${settings.airflowVersion} now.`;
  return status === "UNAVAILABLE" ? "The environment is UNAVAILABLE and needs a person." : undefined;
}

/**
 * One move. What is seen counts more than what was written: a step whose product is there is over, whoever made it.
 * @param seen of the step at hand (`checkStepOf`); null where that is `clear` or nothing
 * @param superseded why nobody waits for the answer any more
 * @param now milliseconds since the epoch
 */
export function nextCheckMove(
  check: UpgradeCheck,
  seen: CheckSeen | null,
  superseded: string | undefined,
  now: number,
): CheckMove {
  const step = checkStepOf(check);
  if (step === null) return { act: "none", reason: "it has ended, and nothing of it is left" };
  if (step === "clear") return clearing(check, now);
  if (superseded !== undefined) return { act: "end", outcome: "CANCELLED", reason: superseded };
  const begunAt = check.begun[step];
  if (begunAt === undefined) return { act: "begin", step, reason: `${step} is next` };
  if (!seen) return { act: "wait", reason: `nothing is known of ${step}` };
  const { task, product } = seen;
  if (task.state === "running") {
    if (now - begunAt <= checkDeadlines[step]) return { act: "wait", reason: `${step} runs` };
    return failed(step, `its task ran for more than ${checkDeadlines[step] / hour} hours`);
  }
  if (product.state === "there") return advance(check, step, product.detail, now);
  if (product.state === "failed") return failed(step, product.reason);
  if (task.state === "stopped")
    return failed(step, `its task ended with exit code ${task.exitCode ?? "unknown"}: ${task.reason}`);
  return now - begunAt <= listedWithinMilliseconds
    ? { act: "start", step, reason: `the task of ${step} is not to be seen yet` }
    : failed(step, "its task has gone, and nobody knows how it ended");
}

function advance(check: UpgradeCheck, step: CheckStep, detail: number, now: number): CheckMove {
  if (step === "copy")
    return { act: "note", changes: { copied: { at: now, bytes: detail } }, reason: "the copy is whole" };
  if (step === "migrate")
    return { act: "note", changes: { migrated: { at: now, seconds: detail } }, reason: "the copy is migrated" };
  return { act: "conclude", reason: check.rehearse ? "rehearsed and tried" : "tried" };
}

/** A rehearsal that fails is an answer; DAGs are tried all the same. */
const failed = (step: CheckStep, why: string): CheckMove =>
  step === "try"
    ? { act: "end", outcome: "FAILED", reason: `The check itself failed: ${why}.` }
    : { act: "note", changes: { rehearsalFailure: `${words[step]} failed: ${why}` }, reason: why };

const words = { copy: "Copying the database", migrate: "The migration of the copy" } as const;

function clearing({ end, cleared }: UpgradeCheck, now: number): CheckMove {
  if (!cleared) return { act: "clear", reason: "it has ended: all it made is removed" };
  return now - end!.at >= clearedAgainMilliseconds
    ? { act: "clear", reason: "no hand of before can be at work any more: what it may have made is removed, too" }
    : { act: "wait", reason: "a hand of before may still make something" };
}
