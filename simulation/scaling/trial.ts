// Several environments' days under one scaler and one load, summed up.
import { type Calls, meanOfCalls } from "./calls.ts";
import type { Arrival } from "./loads.ts";
import { playDay, type Scaler } from "./world.ts";

export interface Trial {
  readonly environments: number;
  readonly tasks: number;
  /** Seconds a task waited in the queue. */
  readonly wait: { readonly mean: number; readonly p95: number; readonly p99: number };
  /** Of one environment, in its day. */
  readonly workerHours: number;
  readonly changes: number;
  /** All of them together. */
  readonly lost: number;
  /** From the moment more workers were needed to the decision, seconds; undefined when none ever were. */
  readonly decisionP95: number | undefined;
  /** Of one environment, in its day; undefined for a scaler whose calls are not known. */
  readonly calls: Calls | undefined;
}

/** @param positions which environments of the fleet: each has a day of its own */
export async function trial(input: {
  readonly load: (position: number) => readonly Arrival[];
  readonly scaler: Scaler;
  readonly seed: number;
  readonly positions: readonly number[];
}): Promise<Trial> {
  const { load, scaler, seed, positions } = input;
  const waits: number[] = [];
  const decisions: number[] = [];
  const calls: Calls[] = [];
  let lost = 0;
  let workerSeconds = 0;
  let changes = 0;
  for (const position of positions) {
    const day = await playDay({ arrivals: load(position), scaler, seed, position });
    for (const wait of day.waits) waits.push(wait);
    for (const decision of day.decisions) decisions.push(decision);
    if (day.calls) calls.push(day.calls);
    lost += day.lost;
    workerSeconds += day.workerSeconds;
    changes += day.changes;
  }
  const sorted = Float64Array.from(waits).sort();
  return {
    environments: positions.length,
    tasks: waits.length,
    wait: {
      mean: waits.reduce((sum, wait) => sum + wait, 0) / Math.max(1, waits.length),
      p95: percentile(sorted, 95) ?? 0,
      p99: percentile(sorted, 99) ?? 0,
    },
    workerHours: workerSeconds / 3600 / positions.length,
    changes: changes / positions.length,
    lost,
    decisionP95: percentile(Float64Array.from(decisions).sort(), 95),
    calls: calls.length > 0 ? meanOfCalls(calls) : undefined,
  };
}

/** So many positions, spread evenly over a fleet: who comes late in the schedule is among them as often as in the whole. */
export const spread = (environments: number, most: number): readonly number[] =>
  Array.from({ length: Math.min(environments, most) }, (_, index) =>
    Math.floor((index * environments) / Math.min(environments, most)),
  );

/** Nearest rank. */
const percentile = (ascending: Float64Array, percent: number): number | undefined =>
  ascending[Math.max(0, Math.ceil((percent / 100) * ascending.length) - 1)];
