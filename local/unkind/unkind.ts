// Decides, by a seed, when the region is as unkind as AWS is now and then. Every engine asks; none throws dice of its own.
import { chanceOf } from "./chance.ts";
import { type Kind, type KindName, kinds } from "./kinds.ts";
import type { UnkindSettings } from "./settings.ts";

export interface Unkind {
  /**
   * Whether this kind strikes now. The n-th question about one subject has the same answer for the same seed, whatever is
   * asked about others in between.
   * @param subject what it would happen to, in words that come again in another run: an operation, a queue, a function
   * @returns how hard, from 0 up to 1, or undefined where it does not
   */
  strikes(kind: KindName, subject: string): number | undefined;
}

/**
 * @param log one line for each strike, with the seed: what a failure is told by
 */
export function createUnkind({ seed, off = [] }: UnkindSettings, log: (line: string) => void): Unkind {
  const asked = new Map<string, { count: number; sparedUntil: number }>();
  return {
    strikes(kind, subject) {
      if (off.includes(kind)) return undefined;
      const { oneIn, spared }: Kind = kinds[kind];
      const key = `${kind} ${recurring(subject)}`;
      const known = asked.get(key) ?? { count: 0, sparedUntil: 0 };
      asked.set(key, known);
      const nth = ++known.count;
      if (nth <= known.sparedUntil || chanceOf(seed, key, nth) * oneIn >= 1) return undefined;
      known.sparedUntil = nth + spared;
      const size = chanceOf(seed, key, nth, "size");
      log(`unkind ${seed}: ${kind}, ${subject}, question ${nth}, size ${size.toFixed(3)}`);
      return size;
    },
  };
}

/** Without ids, which another run does not have: letters and digits mixed, ten or more. */
function recurring(subject: string): string {
  return subject.replaceAll(/[a-z0-9]{10,}/g, (word) => (/\d/.test(word) && /[a-z]/.test(word) ? "*" : word));
}

/** A length of time between two, by the size of a strike. */
export const between = (least: number, most: number, size: number): number => Math.round(least + (most - least) * size);
