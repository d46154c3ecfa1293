// Chance that can be had again: the same seed gives the same sequence (mulberry32).

export interface Chance {
  readonly seed: number;
  /** From 0 up to, not including, 1. */
  next(): number;
  /** From `least` up to, not including, `below`. */
  between(least: number, below: number): number;
  one<Choice>(choices: readonly Choice[]): Choice;
}

export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    seed,
    next,
    between: (least, below) => least + next() * (below - least),
    one: (choices) => choices[Math.floor(next() * choices.length)]!,
  };
}
