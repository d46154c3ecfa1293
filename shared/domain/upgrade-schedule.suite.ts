// Plays one upgrade as its state machine would, through the real step door: functions that die between any two acts, zombies
// that wake late and go on with what they saw, executions killed and started again, cancels, outages, repeated calls.
import type { OperationItem } from "./items.ts";
import { type Ladder, ladders, type OperationKind, type Rung, type StepDirection } from "./ladders.ts";
import { canCancel, type DoorCall, decideAtDoor, endWrite } from "./step-door.ts";
import { upgradeLadder, type UpgradeStep } from "./upgrade-ladder.ts";
import * as rules from "./upgrade-rules.ts";
import { same, userTasks } from "./upgrade-scene.suite.ts";
import { UpgradeWorld } from "./upgrade-world.suite.ts";

/** The rules in force; a test leaves one out to see that it is missed. */
export interface InForce {
  readonly lines: typeof rules.upgradeLines;
  readonly rules: typeof rules.upgradeRules;
  readonly checks: typeof rules.upgradeChecks;
  readonly held: readonly rules.Held[];
  readonly ladder: Ladder;
}
export const allInForce: InForce = {
  ...{ lines: rules.upgradeLines, rules: rules.upgradeRules, checks: rules.upgradeChecks },
  ...{ held: rules.heldBeforeCommit, ladder: upgradeLadder },
};

export interface Played {
  readonly end: "Succeeded" | "RolledBack" | "Stuck" | "unfinished";
  readonly broken: readonly string[];
  readonly log: readonly string[];
  readonly world: UpgradeWorld;
}

/** What chance decides: one number seeds each moment; 0 and what lies behind the end are quiet, without any fault. */
export interface Dice {
  readonly moments: readonly number[];
  readonly atDeadline: rules.AtDeadline;
  readonly longEnds: boolean;
}

export const playUpgrade = (dice: Dice, inForce: InForce = allInForce): Played => new Upgrade(dice, inForce).play();

type Reply = { readonly output: unknown } | { readonly error: string };
type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
const functionSeconds = 60;
const kind = "upgrade-environment" as OperationKind;

class Upgrade {
  readonly #world: UpgradeWorld;
  readonly #operation: Mutable<
    Pick<OperationItem, "kind" | "attempt" | "direction" | "undoFrom" | "lease" | "journal" | "idleAttempts">
  > = { kind, attempt: 1, direction: "forward", undoFrom: null, lease: null, journal: {}, idleAttempts: 0 };
  readonly #dice: Dice;
  readonly #inForce: InForce;
  #moment = 0;
  #state = 0;
  #holder = 0;
  #outageUntil = 0;
  #hadOutage = false;
  #zombies: { at: number; goOn: () => void }[] = [];

  constructor(dice: Dice, inForce: InForce) {
    [this.#dice, this.#inForce] = [dice, inForce];
    this.#world = new UpgradeWorld(inForce.held, (sides) => this.#roll(sides), dice.longEnds);
  }

  play(): Played {
    let end: Played["end"] | "killed" = "killed";
    for (let attempt = 1; attempt <= 40 && end === "killed"; attempt++) {
      this.#operation.attempt = attempt;
      end = this.#execute(attempt);
      // the sweeper waits out the longest step; a region that was down comes back an hour later
      if (end === "killed") this.#pass(this.#fault(4) ? 3600 : functionSeconds + 1);
    }
    this.#pass(functionSeconds);
    const settled = end === "killed" ? "unfinished" : end;
    this.#atTheEnd(settled);
    return { end: settled, broken: this.#world.broken, log: this.#world.log, world: this.#world };
  }

  #atTheEnd(end: Played["end"]): void {
    const world = this.#world;
    const facts = world.facts();
    const expect = (holds: boolean, promise: string) => holds || world.broken.push(`${end}: ${promise}`);
    if (end === "unfinished") return;
    expect((end === "Succeeded") === world.committed || end === "Stuck", "the record does not say so");
    if (end === "Stuck") expect(this.#hadOutage, "nothing was in the way");
    if (end === "Stuck") return void expect(!world.frozen || same(world.frozen, world.source.rows), "rows differ");
    if (end === "Succeeded")
      expect(
        facts.sourceSealed && world.copy !== null && !facts.oldWanted,
        "snapshot and copy are kept, the old is gone",
      );
    else {
      const left = [
        facts.generationMade,
        facts.copy,
        facts.newWanted,
        facts.newTasks,
        facts.pauseAsked,
        facts.sourceSealed,
      ];
      expect(!left.some(Boolean) && facts.sourceOpen && facts.oldWanted, `something is left: ${left}`);
      expect(!world.source.rows.has("canary"), "the canary is in the database");
    }
    const minutes = world.minutes;
    this.#moment = this.#dice.moments.length;
    world.longEnds = true;
    world.now += 3600;
    for (let moment = 0; moment < 60; moment++) this.#tick();
    expect(world.minutes > minutes, "nothing is scheduled");
    for (const task of userTasks) {
      const ghostly = task === "quick" && world.live().get(task) === "running";
      expect(ghostly || world.live().get(task) === "success", `${task} is ${world.live().get(task)}`);
      expect((world.completions.get(task) ?? 0) <= 1, `${task} completed twice`);
    }
    const lost = world.acknowledged.filter((key) => !world.live().has(key));
    expect(lost.length === 0, `what was written is lost: ${lost}`);
    expect(end === "Succeeded" || world.copy === null, "a copy came late");
  }

  /** What the ASL file will do, and nothing more. */
  #execute(attempt: number): Played["end"] | "killed" {
    const turn = this.#forward(attempt);
    if (typeof turn === "string") return turn;
    for (const rung of this.#inForce.ladder.rungs.slice(0, turn + 1).toReversed()) {
      if (!undoable(rung)) continue;
      const reply = this.#retried(rung, "undo", attempt, true);
      if (reply === "killed") return "killed";
      if ("error" in reply) return "Stuck";
    }
    return "RolledBack";
  }

  #forward(attempt: number): number | "Succeeded" | "Stuck" | "killed" {
    const { rungs } = this.#inForce.ladder;
    for (const [at, rung] of rungs.entries()) {
      const before = rungs.slice(0, at).findLastIndex(undoable);
      if (rung.kind === "check") {
        const verdict = this.#checked(rung, attempt);
        if (verdict === "killed") return "killed";
        if (verdict === "failed") return before;
        continue;
      }
      const reply = this.#retried(rung, "run", attempt, rung.kind === "commit" || rung.kind === "after");
      if (reply === "killed") return "killed";
      if (!("error" in reply)) continue;
      if (undoable(rung)) return at;
      return rung.kind === "commit" && reply.error === "OperationIsUndoing" ? before : "Stuck";
    }
    return "Succeeded";
  }

  #checked(rung: Rung, attempt: number): "ready" | "failed" | "killed" {
    for (let looks = 0; looks < 70; looks++) {
      const reply = this.#retried(rung, "run", attempt, false);
      if (reply === "killed") return "killed";
      const verdict = "error" in reply ? "failed" : reply.output;
      if (verdict === "ready" || verdict === "failed") return verdict;
      this.#pass(20);
    }
    return "failed";
  }

  #retried(rung: Rung, direction: StepDirection, attempt: number, persistent: boolean): Reply | "killed" {
    let reply: Reply = { error: "never called" };
    for (let tries = 0; tries < (persistent ? 60 : 8); tries++) {
      if (this.#fault(60)) return "killed";
      if (this.#fault(100) && canCancel(this.#operation, this.#inForce.ladder)) this.#operation.direction = "undoing";
      if (this.#fault(200))
        [this.#hadOutage, this.#outageUntil] = [true, this.#world.now + (this.#fault(3) ? 5000 : 100)];
      reply = this.#invoke(rung, direction, attempt);
      this.#pass("error" in reply && reply.error === "StepBusy" ? 20 : 2);
      if (!("error" in reply)) return reply;
      if (reply.error === "StaleAttempt") return "killed";
      if (["OperationIsUndoing", "PastCommit"].includes(reply.error)) return reply;
      if (!persistent && !["Lambda.Unknown", "StepBusy"].includes(reply.error)) return reply;
    }
    return reply;
  }

  #invoke(rung: Rung, direction: StepDirection, attempt: number): Reply {
    const now = this.#world.now * 1000;
    const until = now + functionSeconds * 1000;
    const call: DoorCall = { step: rung.step, direction, attempt, holder: String(++this.#holder), until };
    const decision = this.#withLadder(() => decideAtDoor(this.#operation, call, now));
    if (decision.kind === "refuse") return { error: decision.error };
    if (decision.kind === "answer") return { output: decision.output };
    if (this.#world.now < this.#outageUntil) return { error: "Lambda.Unknown" };
    if (decision.kind === "observe") {
      const { verdict } = rules.checkVerdict(
        stepOf(rung),
        this.#world.facts(),
        this.#dice.atDeadline,
        this.#inForce.checks,
      );
      return { output: this.#fault(80) ? "failed" : verdict };
    }
    Object.assign(this.#operation, decision.write);
    return this.#work(rung, call, 0);
  }

  /** One act after the other, looked at anew each time; between any two it may die, fail, or sleep and go on as a zombie. */
  #work(rung: Rung, call: DoorCall, from: number): Reply {
    const { lines, rules: inForce } = this.#inForce;
    for (let acts = from; acts < 14; acts++) {
      if (this.#fault(40)) return { error: "Lambda.Unknown" };
      const move = rules.nextMove(stepOf(rung), call.direction, this.#world.facts(), lines, inForce);
      if (this.#fault(40)) return this.#sleep(rung, call, move, acts);
      if (move.kind === "done") break;
      if (move.kind === "wait") return this.#give(call, "StepBusy");
      if (this.#fault(60)) return this.#give(call, "RealFailure");
      this.#tick(); // the world moves on between what was seen and what is done
      this.#world.act(move.act);
      this.#tick();
    }
    if (rung.kind === "commit") this.#world.commit();
    if (this.#fault(40)) return { error: "Lambda.Unknown" };
    this.#end(call);
    return this.#fault(40) ? { error: "Lambda.Unknown" } : { output: "done" };
  }

  #sleep(rung: Rung, call: DoorCall, move: rules.UpgradeMove, acts: number): Reply {
    const at = this.#world.now + 1 + this.#roll(functionSeconds - 5);
    if (at * 1000 >= call.until) return { error: "States.Timeout" }; // its time is over: it is ended
    const goOn = () => {
      if (move.kind === "act") this.#world.act(move.act);
      if (move.kind !== "wait" && this.#roll(2) === 0) this.#work(rung, call, acts + 1);
    };
    this.#zombies.push({ at, goOn });
    return { error: "States.Timeout" };
  }

  /** A failure that was caught gives the lease back. */
  #give(call: DoorCall, error: string): Reply {
    if (this.#operation.lease?.holder === call.holder) this.#operation.lease = null;
    return { error };
  }

  #end(call: DoorCall): void {
    const write = endWrite(this.#operation, call, "done", this.#world.now * 1000);
    if (write) Object.assign(this.#operation, write);
  }

  #pass(seconds: number): void {
    const { now } = this.#world;
    for (let moment = 0; moment < Math.min(2, seconds); moment++) this.#tick();
    this.#world.now = now + seconds;
    const due = this.#zombies.filter(({ at }) => at <= this.#world.now);
    this.#zombies = this.#zombies.filter(({ at }) => at > this.#world.now);
    for (const zombie of due) zombie.goOn();
  }

  #tick(): void {
    this.#state = this.#dice.moments[this.#moment++] ?? 0;
    this.#world.tick();
  }

  #fault(oneIn: number): boolean {
    return this.#roll(oneIn) === oneIn - 1;
  }

  #roll(sides: number): number {
    if (this.#state === 0) return 0;
    this.#state = ((Math.imul(this.#state, 1664525) + 1013904223) >>> 0) | 1;
    return (this.#state >>> 8) % sides;
  }

  /** The door knows ladders by name; this one is not among those that are built, and is there only while it is asked. */
  #withLadder<Answer>(ask: () => Answer): Answer {
    const known = ladders as Record<string, Ladder>;
    const before = known[kind];
    known[kind] = this.#inForce.ladder;
    try {
      return ask();
    } finally {
      if (before) known[kind] = before;
      else delete known[kind];
    }
  }
}

const undoable = ({ kind }: Rung): boolean => kind === "effect" || kind === "once";
const stepOf = (rung: Rung) => rung.step as UpgradeStep;
