// Waiting for something to become true, looked at often enough to time it, and never for ever.

/**
 * Looks until there is an answer.
 * @param look undefined or false means: not yet. An error means the same, and is told if time runs out
 * @param everyMilliseconds between two looks; also the error of the measurement
 * @throws Error with what was waited for
 */
export async function waitFor<Value>(
  what: string,
  seconds: number,
  everyMilliseconds: number,
  look: () => Promise<Value | undefined | false> | Value | undefined | false,
): Promise<Value> {
  const deadline = performance.now() + seconds * 1000;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const value = await look();
      if (value !== undefined && value !== false) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await pause(everyMilliseconds);
  }
  const why = last instanceof Error ? ` (${last.message})` : "";
  throw new Error(`${what}: not within ${seconds} s${why}`);
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Seconds since `began`, a reading of `performance.now()`. */
export const secondsSince = (began: number): number => (performance.now() - began) / 1000;
