// One environment's day: its load, its workers, and the scaler that is tried on them.
import { environmentClasses } from "../../shared/domain/offerings.ts";
import { Agenda } from "./agenda.ts";
import { chance, type Chance } from "./chance.ts";
import { type Arrival, secondsOfDay } from "./loads.ts";
import { type Worker, Workers } from "./workers.ts";
import type { Calls } from "./calls.ts";

const { tasksPerWorker, workers: counts } = environmentClasses["mw1.small"]!;
/** A small environment as MWAA's defaults have it, with the long poll of its workers (dataplane, airflow_environment.py). */
export const sample = { slots: tasksPerWorker, limits: { min: 1, max: counts.usualMax }, longPollSeconds: 10 };

/** What a scaler acts on. */
export interface World {
  readonly agenda: Agenda;
  readonly workers: Workers;
  readonly limits: { readonly min: number; readonly max: number };
  readonly slots: number;
  /** Of everything but the load and the starts of workers. */
  readonly dice: Chance;
  /** Where in the fleet: the first is 0. */
  readonly position: number;
  readonly first: readonly Worker[];
  /** To be told of each decision: how many workers there shall be. */
  readonly decided: (target: number) => void;
}

/** Tries to have the right number of workers. @returns its calls of AWS, counted, if it makes any */
export type Scaler = (world: World) => Calls | undefined;

export interface Day {
  /** Seconds each task waited in the queue. */
  readonly waits: readonly number[];
  readonly lost: number;
  readonly workerSeconds: number;
  /** Seconds from the moment a worker more was needed to the decision that grants it, for each. */
  readonly decisions: readonly number[];
  readonly changes: number;
  readonly calls: Calls | undefined;
}

/** Plays one day. Equal arguments give an equal day. */
export async function playDay(input: {
  readonly arrivals: readonly Arrival[];
  readonly scaler: Scaler;
  readonly seed: number;
  readonly position: number;
}): Promise<Day> {
  const { arrivals, seed, position } = input;
  const agenda = new Agenda();
  const workers = new Workers(agenda, chance(seed, "workers", position), sample);
  const { limits, slots } = sample;
  const within = (count: number) => Math.min(limits.max, Math.max(limits.min, count));
  const decisions: number[] = [];
  let target = limits.min;
  let changes = 0;
  /** Since when this many workers are needed and not granted. */
  const lacking = new Map<number, number>();
  workers.onLoad = () => {
    const need = within(workers.need);
    for (const level of lacking.keys()) if (level > need) lacking.delete(level);
    for (let level = target + 1; level <= need; level++) if (!lacking.has(level)) lacking.set(level, agenda.now);
  };
  const decided = (wanted: number) => {
    if (wanted !== target) changes += 1;
    target = wanted;
    for (const [level, since] of lacking)
      if (level <= target) {
        decisions.push(agenda.now - since);
        lacking.delete(level);
      }
  };
  const first = Array.from({ length: limits.min }, () => workers.start(0));
  const dice = chance(seed, "scaler", position);
  const calls = input.scaler({ agenda, workers, limits, slots, dice, position, first, decided });
  const enter = (index: number) => {
    const arrival = arrivals[index];
    if (!arrival) return;
    agenda.at(arrival.at, () => {
      enter(index + 1);
      workers.arrive(arrival.seconds);
    });
  };
  enter(0);
  await agenda.run(secondsOfDay);
  const workerSeconds = workers.close();
  return { waits: workers.waits, lost: workers.lost, workerSeconds, decisions, changes, calls };
}
