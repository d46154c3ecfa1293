// Random schedules against the rules of scaling.ts and of the worker's drain (dataplane, drain.py): hands that die or come
// late, documents read late or never, reports out of date, agents that restart, tasks that are killed, load that returns.
import * as fc from "fast-check";
import { expect } from "vitest";
import type { Drain } from "../domain/control-document.ts";
import type { ScalingFacts } from "../domain/pool.ts";
import { decideScaling, type ScalingDecision } from "../domain/scaling.ts";
import type { LoadPoint } from "../domain/scaling-load.ts";

const facts: ScalingFacts = {
  metricSeconds: 1,
  surplusSeconds: 10,
  staleSeconds: 5,
  alarmSeconds: 10,
  againSeconds: 1,
  drainSeconds: 1,
};
export const scalingLimits = { min: 1, max: 4 };
const slots = 2;

export type ScalingEvent =
  | { readonly kind: "arrive"; readonly messages: number }
  /** A second in which everybody does what they do, in order of the dice, but for those that are late. */
  | { readonly kind: "second"; readonly dice: number }
  | { readonly kind: "wait"; readonly seconds: number }
  | { readonly kind: "measure" | "look" | "service" }
  /** A hand goes one act further, or dies before it. */
  | { readonly kind: "act"; readonly hand: number; readonly dies: boolean }
  | {
      readonly kind: "read" | "step" | "poll" | "answer" | "finish" | "report" | "restart" | "kill";
      readonly task: number;
    };

const ofTask = (
  kind: "read" | "step" | "poll" | "answer" | "finish" | "report" | "restart" | "kill",
  weight: number,
) => ({
  weight,
  arbitrary: fc.record({ kind: fc.constant(kind), task: fc.nat(5) }),
});
const plain = (kind: "measure" | "look" | "service", weight: number) => ({
  weight,
  arbitrary: fc.constant({ kind } as ScalingEvent),
});
export const scalingEvent: fc.Arbitrary<ScalingEvent> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("arrive" as const), messages: fc.nat(9) }) },
  { weight: 60, arbitrary: fc.record({ kind: fc.constant("second" as const), dice: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("wait" as const), seconds: fc.nat(30) }) },
  plain("measure", 1),
  plain("look", 3),
  plain("service", 2),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("act" as const),
      hand: fc.nat(3),
      dies: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
    }),
  },
  ofTask("read", 1),
  ofTask("step", 1),
  ofTask("poll", 1),
  ofTask("answer", 1),
  ofTask("finish", 1),
  ofTask("report", 1),
  ofTask("restart", 1),
  ofTask("kill", 1),
);

interface Task {
  readonly id: string;
  /** Of the agent; lost when it restarts. */
  informed: boolean;
  ordered: string | undefined;
  idleLooks: number;
  /** On disk. */
  paused: boolean;
  released: boolean;
  protection: boolean;
  /** Of the channel. */
  polls: boolean;
  inHand: number;
  /** What the control plane can read. */
  said: { readonly inHand: number | null; readonly released: boolean };
}

export class ScalingWorld {
  now = 0;
  queue = 0;
  tasks: Task[] = [];
  born = 0;
  desired = 1;
  record = { generation: 1, target: 1, changedAt: 0, drains: [] as readonly Drain[] };
  document: readonly Drain[] = [];
  load: LoadPoint[] = [];
  hands: (() => void)[][] = [];
  decisions = 0;

  task(index: number): Task | undefined {
    return this.tasks[index % Math.max(1, this.tasks.length)];
  }

  /** A hand looks, decides and writes the record; its acts come later, one by one, or after those of a later hand. */
  look(): void {
    const seen = this.record;
    const before = this.tasks.map(({ id }) => id);
    const decision = decideScaling(
      {
        now: this.now * 1000,
        limits: scalingLimits,
        target: seen.target,
        changedAt: seen.changedAt * 1000,
        drains: seen.drains,
        load: this.load,
        workers: this.tasks.map(({ id, said }) => ({ taskId: id, ...said })),
        desired: this.desired,
        generation: 1,
      },
      facts,
      `d${++this.decisions}`,
    );
    const changed = decision.target !== seen.target || JSON.stringify(decision.drains) !== JSON.stringify(seen.drains);
    this.record = {
      generation: seen.generation + 1,
      target: decision.target,
      drains: decision.drains,
      changedAt: changed ? this.now : seen.changedAt,
    };
    this.hands.push(this.acts(decision, before));
  }

  acts(decision: ScalingDecision, before: readonly string[]): (() => void)[] {
    return [
      () => {
        const held = this.tasks.filter(({ id, released }) => before.includes(id) && !released);
        expect(decision.desired, "the service keeps all who have not let go").toBeGreaterThanOrEqual(held.length);
        this.desired = decision.desired;
      },
      () => {
        this.document = this.record.drains;
      },
      () => {
        for (const id of decision.stop) this.stop(this.tasks.find((task) => task.id === id));
      },
    ];
  }

  act(index: number, dies: boolean): void {
    const hand = this.hands[index % Math.max(1, this.hands.length)];
    if (!hand) return;
    if (!dies) hand.shift()?.();
    if (dies || hand.length === 0) this.hands = this.hands.filter((one) => one !== hand);
  }

  /** The container service: starts what is missing, takes unprotected tasks where there are too many, any of them. */
  service(choice: number): void {
    while (this.tasks.length < this.desired) this.start();
    const free = this.tasks.filter(({ protection }) => !protection);
    if (this.tasks.length > this.desired && free.length > 0) this.stop(free[choice % free.length]);
  }

  start(): void {
    this.tasks.push({
      id: `t${++this.born}`,
      informed: false,
      ordered: undefined,
      idleLooks: 0,
      paused: true,
      released: false,
      protection: false,
      polls: false,
      inHand: 0,
      said: { inHand: null, released: false },
    });
  }

  stop(task: Task | undefined): void {
    if (!task) return;
    expect(task.inHand, "nobody is stopped with work in hand").toBe(0);
    expect(task.polls, "nobody is stopped with a poll out").toBe(false);
    this.tasks = this.tasks.filter((one) => one !== task);
  }

  /** One action of the worker's own decision (drain.py). */
  step(task: Task): void {
    const wanted = task.informed && task.ordered === undefined && !task.released;
    if (!task.paused && !(wanted && task.protection)) task.paused = true;
    else if (task.released) task.protection = false;
    else if (!task.protection) task.protection = true;
    else if (task.ordered !== undefined) {
      task.idleLooks = task.polls || task.inHand > 0 ? 0 : task.idleLooks + 1;
      if (task.idleLooks > 1) task.released = true;
    } else if (task.paused && wanted) task.paused = false;
  }

  read(task: Task): void {
    const ordered = this.document.find(({ tasks }) => tasks?.includes(task.id))?.id;
    if (ordered !== task.ordered) task.idleLooks = 0;
    task.ordered = ordered;
    task.informed = true;
  }

  poll(task: Task): void {
    if (task.paused || task.polls) return;
    expect(task.protection && !task.released, "who asks for work is protected and has not let go").toBe(true);
    task.polls = true;
  }

  answer(task: Task): void {
    if (!task.polls) return;
    task.polls = false;
    const got = Math.min(this.queue, slots - task.inHand);
    this.queue -= got;
    task.inHand += got;
  }

  measure(): void {
    const running = this.tasks.reduce((sum, task) => sum + task.inHand, 0);
    const need = Math.ceil((running + this.queue) / slots);
    this.load = [...this.load.slice(-40), { at: this.now * 1000, running, queued: this.queue, slots, need }];
  }

  play(one: ScalingEvent): void {
    const task = "task" in one ? this.task(one.task) : undefined;
    if (one.kind === "second") this.second(one.dice);
    else if (one.kind === "arrive") this.queue += one.messages;
    else if (one.kind === "wait") this.now += one.seconds;
    else if (one.kind === "measure") this.measure();
    else if (one.kind === "look") this.look();
    else if (one.kind === "service") this.service(this.now);
    else if (one.kind === "act") this.act(one.hand, one.dies);
    else if (!task) return;
    else if (one.kind === "finish") task.inHand = Math.max(0, task.inHand - 1);
    else if (one.kind === "report") task.said = { inHand: task.inHand, released: task.released && !task.protection };
    else if (one.kind === "restart") Object.assign(task, { informed: false, ordered: undefined, idleLooks: 0 });
    else if (one.kind === "kill") this.tasks = this.tasks.filter((other) => other !== task);
    else this[one.kind](task);
  }

  second(dice: number): void {
    this.now += 1;
    let state = dice;
    const roll = (sides: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % sides;
    };
    const late = () => roll(4) === 0;
    const all: (() => void)[] = [
      () => this.look(),
      () => this.look(),
      () => this.service(roll(6)),
      () => this.service(roll(6)),
      ...[0, 1, 2, 3, 4].map(() => () => this.act(roll(3), roll(40) === 0)),
      ...this.tasks.flatMap((task) => [
        ...(["read", "step", "step", "step", "step", "poll", "answer", "report"] as const).map((kind) => () => {
          if (this.tasks.includes(task)) this.play({ kind, task: this.tasks.indexOf(task) });
        }),
        () => {
          if (roll(3) === 0) task.inHand = Math.max(0, task.inHand - 1);
        },
      ]),
    ];
    if (roll(20) > 0) this.measure();
    while (all.length > 0) {
      const [one] = all.splice(roll(all.length), 1);
      if (!late()) one!();
    }
  }

  /** Everybody does what they do, again and again, and nothing new arrives. */
  settle(): void {
    for (let second = 0; second < 60; second++) {
      this.now += 1;
      this.measure();
      this.look();
      while (this.hands.length > 0) this.act(0, false);
      this.service(second);
      for (const task of [...this.tasks]) {
        this.read(task);
        for (let times = 0; times < 4; times++) this.step(task);
        this.poll(task);
        this.answer(task);
        task.inHand = Math.max(0, task.inHand - 1);
        this.play({ kind: "report", task: this.tasks.indexOf(task) });
      }
    }
  }
}
