// When a change is first seen: looked at on a fixed beat, with how far the looking itself may have stretched the figure.
import { pause, secondsSince } from "../waiting.ts";

export const lookMilliseconds = 50;

export interface Sighting {
  /** From the change to the answer that showed it. */
  readonly seconds: number;
  /** From the start of the last look without it to that answer: by at most so much the figure is too high. */
  readonly uncertainMilliseconds: number;
}

/**
 * Looks until the change is there.
 * @param what for the error
 * @param began the change, a reading of `performance.now()`
 * @param look an error means: not yet, and is told if time runs out
 * @throws Error after `seconds`
 */
export async function firstSeen(
  what: string,
  began: number,
  seconds: number,
  look: () => Promise<boolean>,
): Promise<Sighting> {
  let without = began;
  let last: unknown;
  while (secondsSince(began) < seconds) {
    const started = performance.now();
    const there = await look().catch((error: unknown) => {
      last = error;
      return false;
    });
    const answered = performance.now();
    if (there) return { seconds: (answered - began) / 1000, uncertainMilliseconds: answered - without };
    without = started;
    await pause(Math.max(0, started + lookMilliseconds - answered));
  }
  const why = last instanceof Error ? ` (${last.message})` : "";
  throw new Error(`${what}: not within ${seconds} s${why}`);
}

/** How many were seen late because of the looking: over two beats lay between the look before and the answer. */
export function seenLateText(sightings: readonly Sighting[]): string {
  const uncertain = sightings.map(({ uncertainMilliseconds }) => uncertainMilliseconds);
  const late = uncertain.filter((milliseconds) => milliseconds > 2 * lookMilliseconds).length;
  return (
    `${late} of ${sightings.length} were seen late by the measurement's own looks (every ${lookMilliseconds} ms): ` +
    `over ${2 * lookMilliseconds} ms from the look before to the answer that showed it; ` +
    `${Math.max(...uncertain).toFixed(0)} ms at most`
  );
}
