// How a home asks for unkind mode: the member `unkind` of its settings.
import { kinds, type KindName } from "./kinds.ts";

export interface UnkindSettings {
  /** A whole number; the same one makes the same decisions. */
  readonly seed: number;
  /** What shall not happen. */
  readonly off?: readonly KindName[];
}

/** @returns what is wrong with the member `unkind` of the settings file, as the end of a sentence about it; undefined: nothing */
export function unkindFault(given: unknown): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== "object" || given === null || Array.isArray(given)) return "has an `unkind` that is no object";
  const { seed, off = [], ...others } = given as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `has an unknown unkind.${unknown} (known: seed, off)`;
  if (!Number.isSafeInteger(seed) || (seed as number) < 0)
    return `says unkind.seed: ${JSON.stringify(seed)}, which must be a whole number from 0`;
  const known = Object.keys(kinds);
  if (Array.isArray(off) && off.every((name) => known.includes(name as string))) return undefined;
  return `says unkind.off: ${JSON.stringify(off)}, which must be a list of: ${known.join(", ")}`;
}
