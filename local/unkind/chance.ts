// Chance that can be had again: a number made of a seed and words. No state, no clock, nothing of the machine.

/**
 * The same words always give the same number, and words that differ a little give numbers that have nothing to do with
 * each other.
 * @returns from 0 up to, and without, 1
 */
export function chanceOf(...words: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const unit of Buffer.from(words.join("\n"))) hash = Math.imul(hash ^ unit, 0x01000193); // FNV-1a
  // FNV leaves words that differ at their end alone close together: the last steps of MurmurHash3 part them
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
