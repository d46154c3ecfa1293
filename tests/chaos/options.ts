// What every long form of chaos takes: how long, and which chance.
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/**
 * Reads a chaos' options: `--seed` and `--quick`, which all have, and its own, each a text.
 * @param own names of its own options
 * @throws Error for a word that is no option, or a seed that is no whole number
 */
export function chaosOptions<Own extends string>(
  words: readonly string[],
  own: readonly Own[],
): { readonly seed: number; readonly quick: boolean; readonly texts: Readonly<Partial<Record<Own, string>>> } {
  const options: ParseArgsOptionsConfig = {
    quick: { type: "boolean" },
    ...Object.fromEntries(["seed", ...own].map((name) => [name, { type: "string" as const }])),
  };
  const values = parseArgs({ args: [...words], options }).values as Record<string, string | boolean | undefined>;
  const texts = Object.fromEntries(Object.entries(values).filter(([name]) => name !== "quick" && name !== "seed"));
  return {
    seed: wholeNumber(values["seed"] as string | undefined, Date.now() % 1_000_000),
    quick: values["quick"] === true,
    texts: texts as Partial<Record<Own, string>>,
  };
}

/** @param usual where nothing is said @throws Error for anything else than a whole number from `least` on */
export function wholeNumber(text: string | undefined, usual: number, least = 0): number {
  const value = text === undefined ? usual : Number(text);
  if (!Number.isInteger(value) || value < least) throw new Error(`${text} is no whole number from ${least} on`);
  return value;
}
