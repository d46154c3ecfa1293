// What an environment's monitor measured, and what that says about the workers it needs.

/** One measurement. All numbers are of the same moment: `need` is no sum of maxima of different ones. */
export interface LoadPoint {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly running: number;
  readonly queued: number;
  /** Tasks a worker runs at once. */
  readonly slots: number;
  /** Workers that running and queued tasks fill, without limits. */
  readonly need: number;
}

export const newestLoad = (load: readonly LoadPoint[]): LoadPoint | undefined => load.at(-1);

/**
 * The most workers needed at any moment of the window.
 * @param load oldest first
 * @returns undefined when the window is not covered: a gap in it may hide a load
 */
export function peakNeed(
  load: readonly LoadPoint[],
  now: number,
  facts: { readonly surplusSeconds: number; readonly staleSeconds: number },
): number | undefined {
  const begin = now - facts.surplusSeconds * 1000;
  const window = load.filter(({ at }) => at >= begin);
  const moments = [begin, ...window.map(({ at }) => at), now];
  const gap = Math.max(...moments.slice(1).map((at, index) => at - moments[index]!));
  return gap > facts.staleSeconds * 1000 ? undefined : Math.max(...window.map(({ need }) => need));
}
