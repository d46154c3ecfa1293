// The rules of the step door as one pure decision (design, section 5): what one invocation of a step function may do.
// They make a ladder safe to kill anywhere; step-door.explore.test.ts plays random schedules against them.
import type { OperationItem } from "./items.ts";
import { type Ladder, ladderOf, type Rung, type StepDirection } from "./ladders.ts";

export interface DoorCall {
  readonly step: string;
  readonly direction: StepDirection;
  readonly attempt: number;
  /** This invocation, and when it ends at the latest (milliseconds since the epoch). */
  readonly holder: string;
  readonly until: number;
}

export type DoorRefusal = "StaleAttempt" | "PastCommit" | "OperationIsUndoing" | "StepBusy" | "StartedWithoutEnd";

export type DoorDecision =
  /** Reply at once. */
  | { readonly kind: "answer"; readonly output: unknown; readonly reason: string }
  /** Throw, nothing touched. */
  | { readonly kind: "refuse"; readonly error: DoorRefusal; readonly reason: string }
  /** Look at the world; nothing is written. */
  | { readonly kind: "observe" }
  /** Write this first, conditionally on the generation read; then do the work. */
  | {
      readonly kind: "act";
      readonly write: Pick<OperationItem, "lease" | "journal" | "direction" | "undoFrom" | "idleAttempts">;
    };

export const journalKey = (direction: StepDirection, step: string): string => `${direction}:${step}`;

type DoorView = Pick<
  OperationItem,
  "kind" | "attempt" | "direction" | "undoFrom" | "lease" | "journal" | "idleAttempts"
>;

/**
 * Decides one invocation.
 * @param operation the item as just read, strongly consistent
 * @param now milliseconds since the epoch
 * @throws Error when the step is no rung of the operation's ladder
 */
export function decideAtDoor(operation: DoorView, call: DoorCall, now: number): DoorDecision {
  const ladder: Ladder = ladderOf(operation.kind);
  const at = ladder.rungs.findIndex((rung) => rung.step === call.step);
  const rung = ladder.rungs[at];
  if (!rung) throw new Error(`${call.step} is no step of ${operation.kind}.`);
  const entry = operation.journal[journalKey(call.direction, call.step)];

  if (call.attempt < operation.attempt)
    return refuse("StaleAttempt", `attempt ${operation.attempt} has taken over from attempt ${call.attempt}`);
  if (call.direction === "undo" && isPastCommit(operation, ladder))
    return refuse("PastCommit", "the commit was started: from here on the operation only goes forward");

  const furthest = furthestStarted(operation, ladder);
  if (call.direction === "run" && operation.direction === "undoing") {
    const from = operation.undoFrom === null ? furthest : ladder.rungs.findIndex((r) => r.step === operation.undoFrom);
    if (at < from) return answer(rung.kind === "check" ? "ready" : entry?.output, "walked past while undoing");
    if (rung.kind === "check") return answer("failed", "the operation is undoing");
    return refuse("OperationIsUndoing", "the operation has turned round");
  }
  if (rung.kind === "check")
    return at < furthest ? answer("ready", "an effect after this check has been started") : { kind: "observe" };
  if (entry?.endedAt !== undefined) return answer(entry.output, "done before");
  if (operation.lease && operation.lease.until > now && operation.lease.holder !== call.holder)
    return refuse("StepBusy", `${operation.lease.direction} of ${operation.lease.step} is still at work`);
  if (rung.kind === "once" && call.direction === "run" && entry)
    return refuse("StartedWithoutEnd", "a step that runs once was started and did not end");
  return { kind: "act", write: startWrite(operation, rung, call, now) };
}

/** Whether undo and cancel are no longer accepted. */
export function isPastCommit(operation: Pick<OperationItem, "journal">, ladder: Ladder): boolean {
  return ladder.rungs.some(
    (rung) => rung.kind === "commit" && operation.journal[journalKey("run", rung.step)] !== undefined,
  );
}

/** Cancel writes only the direction, and is refused once the commit has been started or the ladder has no undo. */
export function canCancel(operation: Pick<OperationItem, "journal" | "direction">, ladder: Ladder): boolean {
  return ladder.type === "saga" && operation.direction === "forward" && !isPastCommit(operation, ladder);
}

function furthestStarted(operation: Pick<OperationItem, "journal">, ladder: Ladder): number {
  return ladder.rungs.findLastIndex((rung) => operation.journal[journalKey("run", rung.step)] !== undefined);
}

function startWrite(operation: DoorView, rung: Rung, call: DoorCall, now: number) {
  const key = journalKey(call.direction, rung.step);
  const turns = call.direction === "undo" && operation.undoFrom === null;
  return {
    lease: {
      holder: call.holder,
      attempt: call.attempt,
      direction: call.direction,
      step: rung.step,
      until: call.until,
    },
    journal: { ...operation.journal, [key]: operation.journal[key] ?? { startedAt: now } },
    direction: turns ? ("undoing" as const) : operation.direction,
    undoFrom: turns ? rung.step : operation.undoFrom,
    idleAttempts: operation.journal[key] ? operation.idleAttempts : 0,
  };
}

/**
 * The write that ends a piece of work, or undefined when the lease has passed to someone else: then the result of this
 * invocation counts for nothing.
 */
export function endWrite(
  operation: DoorView,
  call: DoorCall,
  output: unknown,
  now: number,
): Pick<OperationItem, "lease" | "journal"> | undefined {
  if (operation.lease?.holder !== call.holder) return undefined;
  const key = journalKey(call.direction, call.step);
  const startedAt = operation.journal[key]?.startedAt ?? now;
  return { lease: null, journal: { ...operation.journal, [key]: { startedAt, endedAt: now, output: output ?? null } } };
}

const answer = (output: unknown, reason: string): DoorDecision => ({ kind: "answer", output, reason });
const refuse = (error: DoorRefusal, reason: string): DoorDecision => ({ kind: "refuse", error, reason });
