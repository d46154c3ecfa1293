// Chance by seed: the same seed gives the same day, whoever else draws from another stream.

/** A stream of numbers that only its seed and name decide. */
export interface Chance {
  /** From 0, never 1. */
  next(): number;
  between(least: number, most: number): number;
  /** A whole number from 0, below this. */
  below(count: number): number;
  /** Time until the next of events that come so often, on average. */
  exponential(mean: number): number;
  /** Half of the values are below the median; `spread` is the deviation of the logarithm. */
  logNormal(median: number, spread: number): number;
}

/** @param names what the stream is for: streams of other names are independent of it */
export function chance(seed: number, ...names: readonly (string | number)[]): Chance {
  let state = names.reduce<number>((mixed, name) => hash(`${mixed}/${name}`), hash(String(seed)));
  // mulberry32 (Tommy Ettinger, public domain): 32 bits of state are enough for a day of one environment
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    between: (least, most) => least + next() * (most - least),
    below: (count) => Math.floor(next() * count),
    exponential: (mean) => -mean * Math.log(1 - next()),
    logNormal: (median, spread) =>
      median * Math.exp(spread * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())),
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let mixed = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) mixed = Math.imul(mixed ^ text.charCodeAt(index), 0x01000193);
  return mixed >>> 0;
}
