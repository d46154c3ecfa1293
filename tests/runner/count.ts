// Reads from a suite's output how many tests passed and failed. A suite that failed without saying so counts as one
// failure: nothing may fail silently.
import type { Suite } from "./suites.ts";

const patterns = {
  vitest: /^\s*Tests\s+(.*)$/m,
  pytest: /^(?:=+ )?((?:\d+ (?:passed|failed|errors?|skipped)[, ]*)+)/m,
} as const;

export function count(kind: Suite["counts"], output: string, code: number): { passed: number; failed: number } {
  if (kind === "exit") return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes are control characters
  const summary = patterns[kind].exec(output.replaceAll(/\u001b\[[0-9;]*m/g, ""))?.[1] ?? "";
  const number = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(summary)?.[1] ?? 0);
  const passed = number("passed");
  const failed = number("failed") + number("errors?");
  if (code !== 0 && failed === 0) return { passed, failed: 1 };
  if (code === 0 && passed === 0) return { passed: 0, failed: 1 };
  return { passed, failed };
}
