import { describe, expect, it } from "vitest";
import { count } from "./count.ts";

describe("counting what the suites say", () => {
  it.each([
    ["vitest", " Test Files  2 passed (2)\n      Tests  150 passed (150)\n", 0, { passed: 150, failed: 0, skipped: 0 }],
    ["vitest", "      Tests  2 failed | 148 passed (150)\n", 1, { passed: 148, failed: 2, skipped: 0 }],
    ["vitest", "      Tests  148 passed (148)\n", 1, { passed: 148, failed: 1, skipped: 0 }],
    ["vitest", "no tests found", 0, { passed: 0, failed: 1, skipped: 0 }],
    ["vitest", "      Tests  6 skipped (6)\n", 0, { passed: 0, failed: 1, skipped: 6 }],
    ["pytest", "12 passed in 0.4s\n", 0, { passed: 12, failed: 0, skipped: 0 }],
    ["pytest", "1 failed, 11 passed in 0.4s\n", 1, { passed: 11, failed: 1, skipped: 0 }],
    ["pytest", "11 passed, 2 skipped in 0.4s\n", 0, { passed: 11, failed: 0, skipped: 2 }],
    ["exit", "", 0, { passed: 1, failed: 0, skipped: 0 }],
    ["exit", "", 2, { passed: 0, failed: 1, skipped: 0 }],
  ] as const)("%s %j with exit code %i", (kind, output, code, expected) => {
    expect(count(kind, output, code)).toEqual(expected);
  });

  it.each([
    ["      Tests  6 skipped (6)\n", 0, { passed: 0, failed: 0, skipped: 6 }],
    ["      Tests  6 skipped (6)\n", 1, { passed: 0, failed: 1, skipped: 6 }],
    ["no tests found", 0, { passed: 0, failed: 1, skipped: 0 }],
  ])("%j with exit code %i, where what it needs is not there", (output, code, expected) => {
    expect(count("vitest", output, code, true)).toEqual(expected);
  });
});
