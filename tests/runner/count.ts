// Reads from a suite's output how many tests passed, failed and were skipped. A suite that failed without saying so counts as
// one failure: nothing may fail silently. So does one that skipped all it has, unless what it needs is not there.
import type { Suite } from "./suites.ts";

const patterns = {
  vitest: /^\s*Tests\s+(.*)$/m,
  pytest: /^(?:=+ )?((?:\d+ (?:passed|failed|errors?|skipped)[, ]*)+)/m,
} as const;

export interface Counted {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** @param maySkip all of its tests may be skipped here, as where root is needed and somebody else asks */
export function count(kind: Suite["counts"], output: string, code: number, maySkip = false): Counted {
  if (kind === "exit") return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes are control characters
  const summary = patterns[kind].exec(output.replaceAll(/\u001b\[[0-9;]*m/g, ""))?.[1] ?? "";
  const number = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(summary)?.[1] ?? 0);
  const passed = number("passed");
  const failed = number("failed") + number("errors?");
  const skipped = number("skipped");
  const silent = code === 0 ? passed === 0 && !(maySkip && skipped > 0) : failed === 0;
  return { passed, failed: silent ? 1 : failed, skipped };
}
