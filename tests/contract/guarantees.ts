// One contract suite, several implementations: what an implementation does otherwise is listed with its reason.
import { it } from "vitest";

/** Guarantee name → why this implementation does not keep it. */
export type Differences = Readonly<Record<string, string>>;

/**
 * `it`, except that a listed difference must really fail: the list cannot go stale in either direction.
 * A listed name that no guarantee has is found by `unused()`.
 * @param undecided kept in one run and broken in the next, because this implementation races with itself: not run
 */
export function guarantees(
  differences: Differences = {},
  undecided: Differences = {},
): {
  (name: string, body: () => Promise<void>): void;
  unused(): readonly string[];
} {
  const met = new Set<string>();
  const guarantee = (name: string, body: () => Promise<void>): void => {
    met.add(name);
    if (Object.hasOwn(undecided, name)) return;
    const reason = Object.hasOwn(differences, name) ? differences[name] : undefined;
    if (reason === undefined) it(name, body);
    else it.fails(`(difference: ${reason}) ${name}`, body);
  };
  return Object.assign(guarantee, {
    unused: () => [...Object.keys(differences), ...Object.keys(undecided)].filter((name) => !met.has(name)),
  });
}
