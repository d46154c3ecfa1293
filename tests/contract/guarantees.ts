// One contract suite, several implementations: what an implementation does otherwise is listed with its reason.
import { it } from "vitest";

/** Guarantee name → why this implementation does not keep it. */
export type Differences = Readonly<Record<string, string>>;

/**
 * `it`, except that a listed difference must really fail: the list cannot go stale in either direction.
 * A listed name that no guarantee has is found by `unused()`.
 */
export function guarantees(differences: Differences = {}): {
  (name: string, body: () => Promise<void>): void;
  unused(): readonly string[];
} {
  const met = new Set<string>();
  const guarantee = (name: string, body: () => Promise<void>): void => {
    met.add(name);
    const reason = Object.hasOwn(differences, name) ? differences[name] : undefined;
    if (reason === undefined) it(name, body);
    else it.fails(`(difference: ${reason}) ${name}`, body);
  };
  return Object.assign(guarantee, { unused: () => Object.keys(differences).filter((name) => !met.has(name)) });
}
