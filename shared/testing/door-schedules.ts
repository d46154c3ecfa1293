// Plays random schedules against the step door: functions that die before, during and after their work, time-outs with
// zombies that finish late, executions killed and resumed, cancels, real failures. Then says which promises broke.
import type { OperationItem } from "../domain/items.ts";
import { type Ladder, ladderOf, type OperationKind, type Rung, type StepDirection } from "../domain/ladders.ts";
import { canCancel, type DoorCall, type DoorDecision, decideAtDoor, endWrite } from "../domain/step-door.ts";

/** A rule of the door left out on purpose: the exploration must notice (it proves that it looks). */
export type LeftOut = "lease" | "direction" | "pivot" | "none";

export interface Played {
  readonly end: "Succeeded" | "RolledBack" | "Stuck" | "unfinished";
  readonly broken: readonly string[];
  readonly log: readonly string[];
}

type Reply = { readonly output: unknown } | { readonly error: string };
type Door = Pick<OperationItem, "kind" | "attempt" | "direction" | "undoFrom" | "lease" | "journal" | "idleAttempts">;
type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

const functionSeconds = 60;
const never = new Set(["OperationIsUndoing", "PastCommit", "StaleAttempt"]);

/** One schedule of one ladder. The same seed plays the same schedule. */
export function playSchedule(kind: OperationKind, seed: number, leftOut: LeftOut = "none"): Played {
  return new Schedule(kind, seed, leftOut).play();
}

class Schedule {
  readonly #ladder: Ladder;
  readonly #random: () => number;
  readonly #leftOut: LeftOut;
  readonly #operation: Mutable<Door>;
  readonly #made = new Set<string>();
  readonly #log: string[] = [];
  readonly #effects: readonly Rung[];
  #committed = 0;
  #commitsAfterUndo = 0;
  #overlaps = 0;
  #now = 0;
  #holder = 0;
  #zombies: { at: number; finish: () => void }[] = [];
  #working: { until: number } | null = null;

  constructor(kind: OperationKind, seed: number, leftOut: LeftOut) {
    this.#ladder = ladderOf(kind);
    this.#random = generator(seed);
    this.#leftOut = leftOut;
    this.#operation = {
      kind,
      attempt: 1,
      direction: "forward",
      undoFrom: null,
      lease: null,
      journal: {},
      idleAttempts: 0,
    };
    this.#effects = this.#ladder.rungs.filter((rung) => rung.kind === "effect" || rung.kind === "once");
  }

  play(): Played {
    let end: Played["end"] | "killed" = "killed";
    for (let attempt = 1; attempt <= 14 && end === "killed"; attempt++) {
      this.#operation.attempt = attempt;
      end = this.#execute(attempt);
      if (end === "killed") this.#pass(functionSeconds + 1); // the sweeper waits out the longest step
    }
    this.#pass(200);
    return { end: end === "killed" ? "unfinished" : end, broken: this.#brokenPromises(end), log: this.#log };
  }

  #brokenPromises(end: string): string[] {
    const missing = this.#effects.filter((rung) => !this.#made.has(rung.step)).map((rung) => rung.step);
    const broken: string[] = [];
    if (end === "Succeeded" && (this.#committed === 0 || missing.length))
      broken.push(`succeeded without ${missing} (commits: ${this.#committed})`);
    if (end === "RolledBack" && (this.#committed > 0 || this.#made.size))
      broken.push(`rolled back, but ${[...this.#made]} is left (commits: ${this.#committed})`);
    if (this.#commitsAfterUndo) broken.push("committed after something was undone");
    if (this.#overlaps) broken.push("two hands at one time");
    return broken;
  }

  /** What the ASL file does, and nothing more. */
  #execute(attempt: number): Played["end"] | "killed" {
    const { rungs, type } = this.#ladder;
    const turn = this.#forward(attempt);
    if (turn === "killed" || turn === "Succeeded" || turn === "Stuck") return turn;
    if (type === "forward-only") return "Stuck";
    for (let at = turn; at >= 0; at--) {
      const rung = rungs[at]!;
      if (!this.#effects.includes(rung)) continue;
      const reply = this.#retried(rung, "undo", attempt, true);
      if (reply === "killed") return "killed";
      if ("error" in reply) return "Stuck";
    }
    return "RolledBack";
  }

  /** @returns the index of the rung whose undo comes first, or how the execution ended */
  #forward(attempt: number): number | "Succeeded" | "Stuck" | "killed" {
    const { rungs, type } = this.#ladder;
    const effectBefore = (at: number) => rungs.slice(0, at).findLastIndex((rung) => this.#effects.includes(rung));
    for (const [at, rung] of rungs.entries()) {
      if (rung.kind === "check") {
        const verdict = this.#checked(rung, attempt);
        if (verdict === "killed") return "killed";
        if (verdict === "failed") return effectBefore(at);
        continue;
      }
      const persistent = rung.kind === "commit" || rung.kind === "after" || type === "forward-only";
      const reply = this.#retried(rung, "run", attempt, persistent);
      if (reply === "killed") return "killed";
      if (!("error" in reply)) continue;
      if (rung.kind === "effect" || rung.kind === "once") return at;
      if (rung.kind === "commit" && reply.error === "OperationIsUndoing") return effectBefore(at);
      return "Stuck";
    }
    return "Succeeded";
  }

  #checked(rung: Rung, attempt: number): "ready" | "failed" | "killed" {
    for (let looks = 0; looks < 30; looks++) {
      const reply = this.#retried(rung, "run", attempt, false);
      if (reply === "killed") return "killed";
      const verdict = "error" in reply ? "failed" : reply.output;
      if (verdict === "ready" || verdict === "failed") return verdict;
    }
    return "failed";
  }

  #retried(rung: Rung, direction: StepDirection, attempt: number, persistent: boolean): Reply | "killed" {
    let reply: Reply = { error: "never called" };
    for (let tries = 0; tries < (persistent ? 60 : 8); tries++) {
      if (this.#chance(0.02)) return "killed"; // the whole execution dies
      if (this.#chance(0.01) && canCancel(this.#operation, this.#ladder)) this.#operation.direction = "undoing";
      reply = this.#invoke(rung, direction, attempt);
      if (!("error" in reply)) {
        this.#pass(1);
        return reply;
      }
      if (reply.error === "StaleAttempt") return "killed";
      if (never.has(reply.error) || (!persistent && !["Lambda.Unknown", "StepBusy"].includes(reply.error)))
        return reply;
      this.#pass(reply.error === "StepBusy" ? 20 : 2);
    }
    return reply;
  }

  /** One invocation of a step function. It may die, or outlive its caller as a zombie, but never its own deadline. */
  #invoke(rung: Rung, direction: StepDirection, attempt: number): Reply {
    const now = this.#now * 1000;
    const call: DoorCall = {
      step: rung.step,
      direction,
      attempt,
      holder: String(++this.#holder),
      until: now + functionSeconds * 1000,
    };
    const decision = this.#decide(call, now);
    if (decision.kind === "refuse") return { error: decision.error };
    if (decision.kind === "answer") return { output: decision.output };
    if (decision.kind === "observe") return { output: this.#look(rung) };
    Object.assign(this.#operation, decision.write);
    if (this.#chance(0.04)) return { error: "Lambda.Unknown" }; // died before the work
    if (this.#chance(0.06)) return this.#timeOut(rung, call);
    if (direction === "run" && rung.kind === "effect" && this.#ladder.type === "saga" && this.#chance(0.05)) {
      if (this.#chance(0.5)) this.#work(rung, direction);
      if (this.#chance(0.7)) this.#operation.lease = null; // the error path gives the lease back
      return { error: "RealFailure" };
    }
    this.#work(rung, direction);
    if (this.#chance(0.04)) return { error: "Lambda.Unknown" }; // died after the work, before the journal
    this.#end(call);
    if (this.#chance(0.04)) return { error: "Lambda.Unknown" }; // died after the journal, before the reply
    return { output: "done" };
  }

  /** The caller sees a time-out while the function goes on for a while, and may even finish. */
  #timeOut(rung: Rung, call: DoorCall): Reply {
    const at = this.#now + (functionSeconds - 5) * this.#random();
    const working = { until: at };
    this.#working = working;
    const ends = this.#chance(0.5);
    this.#zombies.push({
      at,
      finish: () => {
        if (this.#working === working) this.#working = null;
        this.#work(rung, call.direction);
        if (ends) this.#end(call);
      },
    });
    this.#now += 1;
    return { error: "States.Timeout" };
  }

  #decide(call: DoorCall, now: number): DoorDecision {
    const view: Mutable<Door> = { ...this.#operation };
    if (this.#leftOut === "lease") view.lease = null;
    if (this.#leftOut === "direction") view.direction = "forward";
    if (this.#leftOut === "pivot") {
      const commit = this.#ladder.rungs.find((rung) => rung.kind === "commit")!;
      if (call.step !== commit.step)
        view.journal = Object.fromEntries(Object.entries(view.journal).filter(([key]) => key !== `run:${commit.step}`));
    }
    return decideAtDoor(view, call, now);
  }

  #look(rung: Rung): string {
    const before = this.#ladder.rungs
      .slice(0, this.#ladder.rungs.indexOf(rung))
      .findLast((r) => this.#effects.includes(r));
    if (this.#chance(0.15)) return "notYet";
    if (this.#ladder.type === "saga" && this.#chance(0.06)) return "failed";
    return before === undefined || this.#made.has(before.step) ? "ready" : "notYet";
  }

  #work(rung: Rung, direction: StepDirection): void {
    if (this.#working && this.#working.until > this.#now) this.#overlaps++;
    this.#log.push(`${this.#operation.attempt}:${direction}:${rung.step}`);
    if (direction === "undo") {
      this.#made.delete(rung.step);
      if (this.#committed) this.#commitsAfterUndo++;
    } else if (rung.kind === "commit") {
      this.#committed++;
      if (this.#effects.some((effect) => !this.#made.has(effect.step))) this.#commitsAfterUndo++;
    } else if (rung.kind !== "after") this.#made.add(rung.step);
  }

  #end(call: DoorCall): void {
    const write = endWrite(this.#operation, call, "done", this.#now * 1000);
    if (write) Object.assign(this.#operation, write);
  }

  #pass(seconds: number): void {
    this.#now += seconds;
    const due = this.#zombies.filter((zombie) => zombie.at <= this.#now);
    this.#zombies = this.#zombies.filter((zombie) => zombie.at > this.#now);
    for (const zombie of due) zombie.finish();
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }
}

/** A linear congruential generator: small, and the same everywhere. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
