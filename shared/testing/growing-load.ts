// An environment whose need changes at any moment, its monitor, its deficit alarm as CloudWatch evaluates it, and the looks of
// scaling.ts: by the alarm when it goes to ALARM, and by the reminders decisions ask for.
import type { ScalingFacts } from "../domain/pool.ts";
import { decideScaling } from "../domain/scaling.ts";
import type { LoadPoint } from "../domain/scaling-load.ts";

/** How often CloudWatch evaluates; 0: as soon as there is data. */
export interface AlarmSurroundings {
  readonly evaluationSeconds: number;
}

const max = 30;
const stepMilliseconds = 100;
/** From the record to what the monitor measures against. */
const documentMilliseconds = 2000;
const workerStartMilliseconds = 3000;
/** From a measurement to GetMetricData, and from an alarm or reminder to the look. */
const deliveryMilliseconds = 500;

/** A measurement and an evaluation are waited for, then at most one more look a reminder later. Milliseconds. */
export function alarmPeriodOf(facts: ScalingFacts, surroundings: AlarmSurroundings): number {
  const waits = facts.metricSeconds + surroundings.evaluationSeconds + facts.againSeconds;
  return waits * 1000 + 3 * deliveryMilliseconds + 5 * stepMilliseconds;
}

export class GrowingLoad {
  /** Of each growth that needed more workers than were wanted. Milliseconds. */
  readonly answeredAfter: number[] = [];

  private now = 1_000_000;
  private need = 1;
  private target = 1;
  private changedAt = 0;
  /** What the monitor has read. */
  private wanted = 1;
  private documents: { readonly at: number; readonly wanted: number }[] = [];
  private workers: { readonly id: string; readonly readyAt: number }[] = [{ id: "w0", readyAt: 0 }];
  private born = 0;
  private load: (LoadPoint & { readonly visibleAt: number; readonly deficit: number })[] = [];
  private raised = false;
  private looksAt: { readonly at: number; readonly raised: boolean }[] = [];
  private reminderAt = 0;
  private waiting: { readonly since: number; readonly need: number }[] = [];
  private readonly measuredAt: number;
  private readonly evaluatedAt: number;
  private readonly facts: ScalingFacts;
  private readonly surroundings: AlarmSurroundings;

  /** @param dice the phases of measurements and evaluations */
  constructor(facts: ScalingFacts, surroundings: AlarmSurroundings, dice: number) {
    this.facts = facts;
    this.surroundings = surroundings;
    this.measuredAt = (dice % (facts.metricSeconds * 10)) * stepMilliseconds;
    this.evaluatedAt = (Math.floor(dice / 7) % (Math.max(1, surroundings.evaluationSeconds) * 10)) * stepMilliseconds;
  }

  get unanswered(): number {
    return this.waiting.length;
  }

  grow(by: number): void {
    this.need = Math.min(max, Math.max(0, this.need + by));
    // whoever is not needed any more waits for nothing
    this.waiting = this.waiting.filter(({ need }) => need <= this.need);
    if (by > 0 && this.need > this.target) this.waiting.push({ since: this.now, need: this.need });
  }

  runFor(milliseconds: number): void {
    for (const end = this.now + milliseconds; this.now < end; this.now += stepMilliseconds) this.step();
  }

  private step(): void {
    const { metricSeconds } = this.facts;
    const { evaluationSeconds } = this.surroundings;
    for (const { wanted } of this.documents.filter(({ at }) => at <= this.now)) this.wanted = wanted;
    this.documents = this.documents.filter(({ at }) => at > this.now);
    const measures = (this.now - this.measuredAt) % (metricSeconds * 1000) === 0;
    if (measures) this.measure();
    if (evaluationSeconds === 0 ? measures : (this.now - this.evaluatedAt) % (evaluationSeconds * 1000) === 0)
      this.evaluate();
    const due = this.looksAt.filter(({ at }) => at <= this.now);
    this.looksAt = this.looksAt.filter(({ at }) => at > this.now);
    for (const { raised } of due) this.look(raised);
  }

  private measure(): void {
    const deficit = Math.max(0, Math.max(1, this.need) - this.wanted);
    const tasks = { running: this.need, queued: 0, slots: 1, need: this.need };
    const sighting = { at: this.now, ...tasks, deficit, visibleAt: this.now + deliveryMilliseconds };
    this.load = [...this.load.slice(-300), sighting];
  }

  /** The newest period that has data, its maximum; it speaks when it goes to ALARM. */
  private evaluate(): void {
    const period = this.facts.alarmSeconds * 1000;
    const newest = this.load.at(-1);
    if (!newest) return;
    const begin = Math.floor(newest.at / period) * period;
    const breached = this.load.some(({ at, deficit }) => at >= begin && deficit > 0);
    if (breached && !this.raised) this.looksAt.push({ at: this.now + deliveryMilliseconds, raised: true });
    this.raised = breached;
  }

  /** As scaler.ts does: one reminder at a time, and always one after a look that an alarm asked for. */
  private look(raised: boolean): void {
    const id = `d${this.born}`;
    const load = this.load.filter(({ visibleAt }) => visibleAt <= this.now);
    const workers = this.workers.flatMap((worker) =>
      worker.readyAt <= this.now ? [{ taskId: worker.id, inHand: 1, released: false }] : [],
    );
    const view = { now: this.now, limits: { min: 1, max }, target: this.target, changedAt: this.changedAt, drains: [] };
    const seen = { ...view, load, workers, desired: this.workers.length, generation: 1 };
    const decision = decideScaling(seen, this.facts, id);
    if (decision.target !== this.target) this.decided(decision.target);
    const seconds = raised ? this.facts.againSeconds : decision.againSeconds;
    if (seconds === null || (this.now < this.reminderAt && this.now + seconds * 1000 >= this.reminderAt)) return;
    this.reminderAt = this.now + seconds * 1000;
    this.looksAt.push({ at: this.reminderAt + deliveryMilliseconds, raised: false });
  }

  private decided(target: number): void {
    while (this.workers.length < target)
      this.workers.push({ id: `w${++this.born}`, readyAt: this.now + workerStartMilliseconds });
    this.workers = this.workers.slice(0, target); // drains are another model's
    this.target = target;
    this.changedAt = this.now;
    this.documents.push({ at: this.now + documentMilliseconds, wanted: target });
    for (const { since, need } of this.waiting) if (need <= target) this.answeredAfter.push(this.now - since);
    this.waiting = this.waiting.filter(({ need }) => need > target);
  }
}
