// The step door: journal, lease, direction and deadline around one step, so that no step re-invents them
// (design, section 5). The decision is shared/domain/step-door.ts; this file carries it out.
import type { Context } from "aws-lambda";
import type { OperationItem, OperationPlan } from "../domain/items.ts";
import { ladderOf, type Rung, rungOfState } from "../domain/ladders.ts";
import { type DoorCall, decideAtDoor, endWrite, journalKey } from "../domain/step-door.ts";
import { quotedLog } from "../domain/quoted-log.ts";
import { nextLookSeconds, type Verdict, withDeadline } from "../domain/verdict.ts";
import type { Clock } from "../ports/clock.ts";
import type { Operations } from "../ports/operations.ts";
import { errorFields, logger } from "./logger.ts";
import { countOutcome } from "./metrics.ts";
import { StepRefusal, stepError } from "./step-errors.ts";

/** What a step is given. The plan is so specific that a step never chooses. */
export interface StepContext<Plan extends OperationPlan = OperationPlan> {
  readonly operation: OperationItem;
  readonly plan: Plan;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Output of a rung before this one, from the journal. */
  output(step: string): unknown;
}

/** An effect: `undo` works whether `run` never started, half finished, still runs, or finished unseen. */
export interface EffectStep<Ports, Plan extends OperationPlan = OperationPlan> {
  run(context: StepContext<Plan>, ports: Ports): Promise<unknown>;
  /** Absent on forward-only rungs and from the commit on. */
  undo?(context: StepContext<Plan>, ports: Ports): Promise<unknown>;
}

/** A check: looks at the world, changes nothing. */
export interface CheckStep<Ports, Plan extends OperationPlan = OperationPlan> {
  check(context: StepContext<Plan>, ports: Ports): Promise<Verdict>;
  /** How long it may stay `notYet`, counted from the end of the effect before it. */
  deadlineSeconds(plan: Plan): number;
  /** Asked once it has failed for good: what the task at fault wrote last, oldest first. Absent: no task is at fault. */
  lastLines?(context: StepContext<Plan>, ports: Ports): Promise<readonly string[]>;
}

/** Validated by the machine: state-machines/inputs.ts, StepInput. */
export interface StepEvent {
  readonly operationId: string;
  readonly attempt: number;
  readonly state: string;
}

type DoorPorts = { readonly operations: Operations; readonly clock: Clock };
type LambdaLike = Pick<Context, "awsRequestId" | "getRemainingTimeInMillis">;

/** Lost races for the item before the step gives up and lets the machine retry it. */
const writeAttempts = 6;

/** Makes a Lambda handler of a step. A step serves every ladder that has a rung of its name. */
export function stepHandler<Ports, Plan extends OperationPlan>(
  step: EffectStep<Ports, Plan> | CheckStep<Ports, Plan>,
  ports: () => Ports & DoorPorts,
) {
  return async (event: StepEvent, context: LambdaLike): Promise<unknown> => {
    logger.resetKeys();
    logger.appendKeys({ requestId: context.awsRequestId, ...event });
    try {
      return await enter(step, ports(), event, context);
    } catch (error) {
      logger.warn("step ended with an error", errorFields(error));
      throw stepError(error);
    }
  };
}

async function enter<Ports, Plan extends OperationPlan>(
  step: EffectStep<Ports, Plan> | CheckStep<Ports, Plan>,
  ports: Ports & DoorPorts,
  event: StepEvent,
  context: LambdaLike,
): Promise<unknown> {
  for (let tries = 0; tries < writeAttempts; tries++) {
    const operation = await ports.operations.get(event.operationId);
    if (!operation) throw new StepRefusal("StaleAttempt", `operation ${event.operationId} does not exist (any more)`);
    const place = rungOfState(ladderOf(operation.kind), event.state);
    if (!place) throw new Error(`State ${event.state} is no rung of ${operation.kind}.`);
    const now = ports.clock.now();
    const call: DoorCall = {
      step: place.rung.step,
      direction: place.direction,
      attempt: event.attempt,
      holder: context.awsRequestId,
      until: now + context.getRemainingTimeInMillis(),
    };
    const decision = decideAtDoor(operation, call, now);
    if (decision.kind === "refuse") throw new StepRefusal(decision.error, decision.reason);
    if (decision.kind === "answer")
      return place.rung.kind === "check"
        ? checkAnswer(operation, decision.output as Verdict["verdict"], decision.reason)
        : decision.output;
    if (decision.kind === "observe") return observe(step as CheckStep<Ports, Plan>, ports, operation, place.rung);
    const held = await ports.operations.update(operation, decision.write);
    if (held) return perform(step as EffectStep<Ports, Plan>, ports, held, place.rung, call);
  }
  throw new StepRefusal("StepBusy", "the operation item changed too often to take the lease");
}

async function perform<Ports, Plan extends OperationPlan>(
  step: EffectStep<Ports, Plan>,
  ports: Ports & DoorPorts,
  operation: OperationItem,
  rung: Rung,
  call: DoorCall,
): Promise<unknown> {
  const work = call.direction === "run" ? step.run : step.undo;
  if (!work) throw new Error(`${rung.step} has no ${call.direction}.`);
  let output: unknown;
  try {
    output = (await work.call(step, contextOf<Plan>(operation, ports.clock.now()), ports)) ?? null;
  } catch (error) {
    await release(ports, operation, rung, call, error);
    throw error;
  }
  const committed = rung.kind === "commit" ? { outcome: "succeeded" as const, endedAt: ports.clock.now() } : {};
  const ended = await finish(ports, operation, (item) => {
    const write = endWrite(item, call, output, ports.clock.now());
    // once it has turned round, the failure is why: of a cancel that came while this step was at work, perhaps
    const cleared = call.direction === "run" && item.direction === "forward" ? { failure: null } : {};
    return write && { ...write, ...committed, ...cleared };
  });
  if (!ended) throw new StepRefusal("StepBusy", `the lease of ${rung.step} passed to another invocation`);
  if (rung.kind === "commit") countOutcome(operation.kind, "succeeded");
  return output;
}

/** Gives the lease back and writes down why: the record's LastUpdate shows it if this turns the operation round. */
async function release(
  ports: DoorPorts,
  operation: OperationItem,
  rung: Rung,
  call: DoorCall,
  error: unknown,
): Promise<void> {
  const { name, message } = stepError(error);
  const failure = { step: rung.step, code: name, message: message.slice(0, 600) };
  await finish(ports, operation, (item) =>
    item.lease?.holder === call.holder
      ? { lease: null, ...(item.direction === "forward" || item.failure === null ? { failure } : {}) }
      : undefined,
  ).catch((cause: unknown) => logger.warn("the lease could not be given back; it runs out", errorFields(cause)));
}

async function finish(
  ports: DoorPorts,
  operation: OperationItem,
  change: (item: OperationItem) => Partial<OperationItem> | undefined,
): Promise<boolean> {
  let item: OperationItem | undefined = operation;
  for (let tries = 0; item && tries < writeAttempts; tries++) {
    const changes = change(item);
    if (!changes) return false;
    if (await ports.operations.update(item, changes)) return true;
    item = await ports.operations.get(operation.operationId);
  }
  return false;
}

async function observe<Ports, Plan extends OperationPlan>(
  step: CheckStep<Ports, Plan>,
  ports: Ports & DoorPorts,
  operation: OperationItem,
  rung: Rung,
) {
  const now = ports.clock.now();
  const context = contextOf<Plan>(operation, now);
  let seen: Verdict;
  try {
    seen = await step.check(context, ports);
  } catch (error) {
    // an infrastructure error inside a check is `notYet` until the deadline (design, section 5)
    logger.warn("check could not look", errorFields(error));
    seen = { verdict: "notYet", reason: `could not look: ${error instanceof Error ? error.message : String(error)}` };
  }
  const began = startOf(operation, rung);
  const verdict = withDeadline(seen, began, step.deadlineSeconds(context.plan), now);
  logger.info("check", { ...verdict });
  if (verdict.verdict === "failed") {
    const log = await readLog(step as CheckStep<Ports, Plan>, context, ports);
    const failure = {
      step: rung.step,
      code: verdict.code ?? "INCORRECT_CONFIGURATION",
      message: verdict.reason.slice(0, 600),
      ...(log.length > 0 ? { log } : {}),
    };
    await ports.operations.update(operation, { failure });
  }
  return checkAnswer(
    operation,
    verdict.verdict,
    verdict.reason,
    nextLookSeconds(operation.plan.pollSeconds, began, now),
  );
}

/** What the failure quotes. A log that cannot be read makes nothing worse: the failure is told without. */
async function readLog<Ports, Plan extends OperationPlan>(
  step: CheckStep<Ports, Plan>,
  context: StepContext<Plan>,
  ports: Ports,
): Promise<readonly string[]> {
  try {
    return quotedLog((await step.lastLines?.(context, ports)) ?? []);
  } catch (error) {
    logger.warn("the log of what failed could not be read", errorFields(error));
    return [];
  }
}

/**
 * When a check's time began to run: as the effect before it ended, or, where that was in an earlier attempt, as this one
 * began. Nobody looked in between: a machine may have been off for a night.
 */
function startOf(operation: OperationItem, rung: Rung): number {
  const { rungs } = ladderOf(operation.kind);
  const at = rungs.findIndex((candidate) => candidate.step === rung.step);
  const before = rungs.slice(0, at).findLast((candidate) => candidate.kind !== "check");
  const ended = (before && operation.journal[journalKey("run", before.step)]?.endedAt) ?? operation.createdAt;
  return Math.max(ended, operation.attemptStartedAt);
}

const checkAnswer = (operation: OperationItem, verdict: Verdict["verdict"], reason: string, waitSeconds?: number) => ({
  verdict,
  reason: reason.slice(0, 400),
  waitSeconds: waitSeconds ?? operation.plan.pollSeconds,
});

function contextOf<Plan extends OperationPlan>(operation: OperationItem, now: number): StepContext<Plan> {
  return {
    operation,
    plan: operation.plan as Plan,
    now,
    output: (step) => operation.journal[journalKey("run", step)]?.output,
  };
}
