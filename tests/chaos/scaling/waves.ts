// Load that comes back when it hurts: as a drain begins, while it goes on, as a worker lets go, or when all is quiet.
import { until } from "../../stories/support/hangar.ts";
import type { Chance } from "../random.ts";
import { environmentName, type ScalingPlace } from "./place.ts";

export const waveDag = "wave";
/** Seconds of work of a wave's tasks: enough for every worker, a few of them long enough to outlast a drain's wait. */
export const waveSeconds: readonly number[] = [0, 0, 0, 0, 0, 0, 2, 2, 6, 9];

export const longDag = "long";
/** Longer than ECS waits for a worker it stops (two minutes): only a drain that waits for them saves these. */
export const longSeconds: readonly number[] = [150, 1, 150, 1, 150, 1, 150, 1];
const severalWorkersSeconds = 60;

const moments = ["pause", "drain", "released", "quiet"] as const;
type Moment = (typeof moments)[number];

export interface Waves {
  readonly waves: number;
  readonly moments: Readonly<Record<Moment, number>>;
}

/** A drain is ordered within the window of surplus, and over when its last long poll is. */
const momentSeconds = 60;
const loadSeenSeconds = 10;
/** As many as long tasks keep: with more of them there is load enough, and drains to come. */
const fewWorkers = 3;
const mostWaves = 500;

/**
 * Puts long tasks on several workers, more of them than the tasks fill: some are drained with one in hand.
 * @param slots of a worker
 */
export async function spreadLongTasks(place: ScalingPlace, slots: number): Promise<void> {
  await place.submit(waveDag, 3);
  const manyAreAtWork = () => place.running() > 2 * slots;
  await until("three workers at work", severalWorkersSeconds, manyAreAtWork).catch(() => undefined);
  await place.submit(longDag);
}

/**
 * Submits wave after wave until there have been enough of them and of drains that ended in a stopped worker.
 * @param minutes it fails after; each wave waits for its moment at most a minute
 */
export async function waves(
  place: ScalingPlace,
  wanted: { readonly waves: number; readonly drains: number; readonly minutes: number },
  chance: Chance,
  note: (line: string) => void,
): Promise<Waves> {
  const met: Record<Moment, number> = { pause: 0, drain: 0, released: 0, quiet: 0 };
  const deadline = Date.now() + wanted.minutes * 60_000;
  for (let count = 0; count < mostWaves; count++) {
    const done = await place.drainedAndStopped();
    if (count >= wanted.waves && done.length >= wanted.drains) return { waves: count, moments: met };
    if (Date.now() > deadline)
      throw new Error(`${count} waves and ${done.length} drains within ${wanted.minutes} minutes`);
    const moment = chance.one(moments);
    await comes(place, moment, chance);
    met[moment] += 1;
    note(`wave ${count + 1} at ${moment}: ${done.length} drained, ${place.drains.resumed().length} asked back`);
    await place.submit(waveDag);
  }
  throw new Error(`${mostWaves} waves were not enough for ${wanted.drains} drains`);
}

/** Waits for the moment. Where it does not come, because nobody is left to drain, it is now. */
async function comes(place: ScalingPlace, moment: Moment, chance: Chance): Promise<void> {
  const { drains } = place;
  const ordered = drains.ordered().length + drains.draining().length;
  const released = drains.released().length;
  const looks: Record<Moment, () => boolean> = {
    pause: () => drains.ordered().length + drains.draining().length > ordered,
    drain: () => drains.draining().length > 0,
    released: () => drains.released().length > released,
    quiet: () => drains.draining().length === 0 && drains.released().length > 0,
  };
  const since = Date.now();
  const nobodyIsLeft = async () => {
    // what was submitted last is load by then, and has workers on their way
    if (Date.now() - since < loadSeenSeconds * 1000) return false;
    const { Wanted, Draining, ChangedAt = 0 } = (await place.environment(environmentName)).Hangar!.Workers!;
    const isSteady = Date.now() - ChangedAt * 1000 > loadSeenSeconds * 1000;
    return Draining === 0 && (Wanted === 1 || (Wanted <= fewWorkers && isSteady));
  };
  await until(moment, momentSeconds, async () => looks[moment]() || (await nobodyIsLeft())).catch(() => undefined);
  const jitter = { pause: 1000, drain: 9000, released: 300, quiet: 5000 }[moment];
  await new Promise((resolve) => setTimeout(resolve, chance.between(0, jitter)));
}
