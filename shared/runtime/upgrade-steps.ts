// The driver of the steps an upgrade has to itself: looks, does the one act upgrade-rules.ts names, looks again. So a step that
// was cut off anywhere, or runs beside its own zombie, does what is still to be done and nothing else.
import { deadlineOf } from "../domain/check-deadline.ts";
import type { StepDirection } from "../domain/ladders.ts";
import type { UpgradePlan } from "../domain/plan-upgrade.ts";
import type { UpgradeStep } from "../domain/upgrade-ladder.ts";
import { checkVerdict, nextMove, type UpgradeAct } from "../domain/upgrade-rules.ts";
import type { Clock } from "../ports/clock.ts";
import type { Environments } from "../ports/environments.ts";
import type { Operations } from "../ports/operations.ts";
import { StillEnding } from "./step-errors.ts";
import type { CheckStep, EffectStep, StepContext } from "./step-handler.ts";
import { asFacts, type Seen } from "./upgrade-look.ts";
import { showUpgradePhase } from "./upgrade-phase.ts";

type Context = StepContext<UpgradePlan>;
type Work<Ports> = (context: Context, ports: Ports) => Promise<unknown>;

/** Every effect shows the environment's status in its record, and waits a moment for what it did to show. */
export interface PhasePorts {
  readonly clock: Clock;
  readonly environments: Environments;
  readonly operations: Operations;
}

/** What a step adds to the rules: where it looks, and how its acts are done. */
export interface UpgradeWork<Ports> {
  /** @param done acts of this very invocation, for what shows only later */
  look(context: Context, ports: Ports, direction: StepDirection, done: readonly UpgradeAct[]): Promise<Seen>;
  /** Every act a line of this step names. */
  readonly acts: Readonly<Partial<Record<UpgradeAct, Work<Ports>>>>;
  /** When nothing is left to act on: what the rules do not know of, safe to repeat. Its answer is the step's output. */
  readonly finish?: Readonly<Partial<Record<StepDirection, Work<Ports>>>>;
}

/** Acts of one invocation; a step has six lines at most. */
const mostActs = 14;
/** An act whose effect is not there after so many times, with a pause before each, takes its time: the machine comes again. */
const mostRepeats = 4;
const pauseMilliseconds = 250;

/** An effect of the upgrade ladder. @throws StillEnding where it has to wait; the machine comes again */
export function upgradeEffect<Ports extends PhasePorts>(
  step: UpgradeStep,
  work: UpgradeWork<Ports>,
): EffectStep<Ports, UpgradePlan> {
  return {
    run: (context, ports) => drive(step, "run", work, context, ports),
    undo: (context, ports) => drive(step, "undo", work, context, ports),
  };
}

async function drive<Ports extends PhasePorts>(
  step: UpgradeStep,
  direction: StepDirection,
  work: UpgradeWork<Ports>,
  context: Context,
  ports: Ports,
): Promise<unknown> {
  await showUpgradePhase(context.operation, ports);
  const done: UpgradeAct[] = [];
  while (done.length < mostActs) {
    const move = nextMove(step, direction, asFacts(await work.look(context, ports, direction, done)));
    if (move.kind === "done") return work.finish?.[direction]?.(context, ports);
    if (move.kind === "wait") throw new StillEnding(`${move.reason}.`);
    const times = done.filter((act) => act === move.act).length;
    if (times >= mostRepeats) throw new StillEnding(`${move.act} has been done and does not show yet.`);
    if (times > 0) await ports.clock.wait(pauseMilliseconds);
    const act = work.acts[move.act];
    if (!act) throw new Error(`${step} has no way to ${move.act}.`);
    await act(context, ports);
    done.push(move.act);
  }
  throw new StillEnding(`${step} is not through after ${mostActs} acts.`);
}

/** What a check saw, and what it waits for in words of its own, where it has any. */
export interface UpgradeView {
  readonly seen: Seen;
  readonly because?: string;
}

/**
 * A check of the upgrade ladder whose verdict is in upgrade-rules.ts.
 * @param lastLines of the task it waits for, where that may be at fault
 */
export function upgradeCheck<Ports>(
  step: UpgradeStep,
  look: (context: Context, ports: Ports) => Promise<UpgradeView>,
  lastLines?: NonNullable<CheckStep<Ports, UpgradePlan>["lastLines"]>,
): CheckStep<Ports, UpgradePlan> {
  return {
    deadlineSeconds: (plan) => deadlineOf(plan, step),
    ...(lastLines ? { lastLines } : {}),
    async check(context, ports) {
      const { seen, because } = await look(context, ports);
      const verdict = checkVerdict(step, asFacts(seen), context.plan.pause.atDeadline);
      return verdict.verdict === "ready" || !because
        ? verdict
        : { ...verdict, reason: `${verdict.reason}: ${because}` };
    },
  };
}
