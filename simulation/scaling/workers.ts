// Workers on Fargate and the queue they serve. It can lose tasks: whoever stops a worker that has some in hand and does not
// wait for them loses them. Who stops whom, and when, is the scaler's business.
import type { Agenda } from "./agenda.ts";
import type { Chance } from "./chance.ts";

/** A task's way; seconds since the beginning of the day. */
interface Task {
  readonly queuedAt: number;
  readonly seconds: number;
  /** When it has run to its end, once it runs. */
  endsAt: number;
}

export interface Worker {
  readonly id: string;
  readonly startedAt: number;
  /** It has come up; before that it cannot ask for work. */
  ready: boolean;
  /** Asks for no more work. A long poll that was out at that moment may still bring some, until `pollEndsAt`. */
  paused: boolean;
  pollEndsAt: number;
  /** Told to go: takes nothing, and is gone with its last task or at the end of its grace. */
  stopping: boolean;
  gone: boolean;
  readonly hand: Set<Task>;
}

export interface WorkerFacts {
  /** Tasks one worker runs at once. */
  readonly slots: number;
  /** How long a poll for messages may be out. */
  readonly longPollSeconds: number;
}

/** From RunTask to a worker that asks for tasks: 45 to 90 s in nine of ten cases. */
const start = { medianSeconds: 63.6, spread: 0.21 };

export class Workers {
  readonly waits: number[] = [];
  lost = 0;
  /** Of workers that are gone. */
  private goneSeconds = 0;
  private born = 0;
  private inHand = 0;
  private readonly all = new Set<Worker>();
  private readonly queue: Task[] = [];
  private head = 0;
  private readonly agenda: Agenda;
  private readonly dice: Chance;
  private readonly facts: WorkerFacts;
  /** Called when a worker has come up, has finished a task, or is gone. */
  onChange: (worker: Worker) => void = () => {};
  /** Called when a task is queued or has ended. */
  onLoad: () => void = () => {};

  constructor(agenda: Agenda, dice: Chance, facts: WorkerFacts) {
    this.agenda = agenda;
    this.dice = dice;
    this.facts = facts;
  }

  /** All that have not been told to go, those that start among them. */
  present(): Worker[] {
    return [...this.all].filter(({ stopping }) => !stopping);
  }
  get queued(): number {
    return this.queue.length - this.head;
  }
  get running(): number {
    return this.inHand;
  }
  /** Workers that running and queued tasks fill, without limits. */
  get need(): number {
    return Math.ceil((this.running + this.queued) / this.facts.slots);
  }

  /** A task is queued. */
  arrive(seconds: number): void {
    this.queue.push({ queuedAt: this.agenda.now, seconds, endsAt: Number.POSITIVE_INFINITY });
    const asking = [...this.all].filter((worker) => this.takes(worker));
    if (asking.length > 0) this.serve(asking[this.dice.below(asking.length)]!);
    this.onLoad();
  }

  /** Starts one. @param startSeconds 0: it runs as the day begins */
  start(startSeconds = this.dice.logNormal(start.medianSeconds, start.spread)): Worker {
    const worker: Worker = {
      id: `w${++this.born}`,
      startedAt: this.agenda.now,
      ready: startSeconds === 0,
      paused: false,
      pollEndsAt: 0,
      stopping: false,
      gone: false,
      hand: new Set(),
    };
    this.all.add(worker);
    if (startSeconds > 0)
      this.agenda.after(startSeconds, () => {
        if (worker.gone) return;
        worker.ready = true;
        this.onChange(worker);
        this.serve(worker);
      });
    return worker;
  }

  pause(worker: Worker): void {
    if (worker.paused) return;
    // one whose slots are full has no poll out
    const out = worker.ready && worker.hand.size < this.facts.slots;
    worker.paused = true;
    worker.pollEndsAt = this.agenda.now + (out ? this.dice.between(0, this.facts.longPollSeconds) : 0);
  }

  resume(worker: Worker): void {
    worker.paused = false;
    this.serve(worker);
  }

  /** Told to go: what it does not finish within its grace is lost. */
  stop(worker: Worker, graceSeconds: number): void {
    if (worker.stopping) return;
    worker.stopping = true;
    if (worker.hand.size === 0 || graceSeconds === 0) this.end(worker);
    else this.agenda.after(graceSeconds, () => this.end(worker));
  }

  /** Ends the day: what waits has waited until now. @returns seconds all workers were paid for */
  close(): number {
    for (let index = this.head; index < this.queue.length; index++)
      this.waits.push(this.agenda.now - this.queue[index]!.queuedAt);
    let seconds = this.goneSeconds;
    for (const { startedAt } of this.all) seconds += this.agenda.now - startedAt;
    return seconds;
  }

  private takes(worker: Worker): boolean {
    const asks = !worker.paused || this.agenda.now < worker.pollEndsAt;
    return worker.ready && !worker.stopping && asks && worker.hand.size < this.facts.slots;
  }

  private serve(worker: Worker): void {
    while (this.queued > 0 && this.takes(worker)) {
      const task = this.queue[this.head++]!;
      if (this.head === this.queue.length) {
        this.queue.length = 0;
        this.head = 0;
      }
      if (worker.paused) worker.pollEndsAt = this.agenda.now; // that was the poll that was still out
      this.waits.push(this.agenda.now - task.queuedAt);
      task.endsAt = this.agenda.now + task.seconds;
      worker.hand.add(task);
      this.inHand += 1;
      this.agenda.at(task.endsAt, () => this.finish(worker, task));
    }
  }

  private finish(worker: Worker, task: Task): void {
    if (!worker.hand.delete(task)) return;
    this.inHand -= 1;
    this.onLoad();
    if (worker.stopping && worker.hand.size === 0) this.end(worker);
    else {
      this.serve(worker);
      this.onChange(worker);
    }
  }

  private end(worker: Worker): void {
    if (worker.gone) return;
    this.lost += worker.hand.size;
    this.inHand -= worker.hand.size;
    worker.hand.clear();
    worker.gone = true;
    this.goneSeconds += this.agenda.now - worker.startedAt;
    this.all.delete(worker);
    this.onChange(worker);
  }
}
