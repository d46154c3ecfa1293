// Load that comes back when it hurts: as a drain begins, while it goes on, as a worker lets go, or when all is quiet.
import { until } from "../../stories/support/hangar.ts";
import type { Chance } from "../random.ts";
import type { ScalingPlace } from "./place.ts";

export const waveDag = "wave";
/** Seconds of work of a wave's tasks: enough for every worker, a few of them long enough to outlast a drain's wait. */
export const waveSeconds: readonly number[] = [0, 0, 0, 0, 0, 0, 3, 3, 8, 12];

const moments = ["pause", "drain", "released", "quiet"] as const;
type Moment = (typeof moments)[number];

export interface Waves {
  readonly waves: number;
  readonly moments: Readonly<Record<Moment, number>>;
}

/** A drain is ordered within the window of surplus, and over when its last long poll is. */
const momentSeconds = 60;
const mostWaves = 500;

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

/** Waits for the moment. Where it does not come within a minute (nobody is left to drain) it is now. */
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
  await until(moment, momentSeconds, looks[moment]).catch(() => undefined);
  const jitter = { pause: 1000, drain: 9000, released: 300, quiet: 5000 }[moment];
  await new Promise((resolve) => setTimeout(resolve, chance.between(0, jitter)));
}
