import { describe, expect, it } from "vitest";
import type { DagStatus } from "./dag-status.ts";
import { parseCheckResult, type UpgradeCheckResult } from "./upgrade-check-result.ts";
import { type CheckedUpgrade, upgradeVerdict } from "./upgrade-verdict.ts";

const result: UpgradeCheckResult = {
  ...{ schema: 1, id: "c".repeat(26), airflowVersion: "3.3.1", at: 1_800_000_000, complete: true },
  ...{ packages: [], warnings: [], failed: null, importsProblem: null, rules: [], rulesProblem: null },
  files: { "a.py": { dagIds: ["a"], error: null } },
  ...{ activeDags: null, migration: null, seconds: {} },
};
const failure = {
  ...{ message: "NameError: name 'x' is not defined", line: 3, in: "b.py", traceback: "" },
  ...{ missing: null, unanswered: false },
};
const today = (files: Readonly<Record<string, { readonly dagIds: string[]; readonly error?: true }>>): DagStatus => ({
  ...{ schema: 1, at: 1, release: "r1" },
  files: Object.fromEntries(
    Object.entries(files).map(([path, { dagIds, error }]) => [
      path,
      { parsedAt: 1, release: "r1", dagIds, error: error ? { message: "x", line: 1, traceback: "" } : null },
    ]),
  ),
});
const found = (changes: Partial<UpgradeCheckResult>, more: Partial<CheckedUpgrade> = {}) => {
  const { verdict, findings } = upgradeVerdict({
    ...{ from: "2.11.2", to: "3.3.1", rehearse: false, rehearsalFailure: undefined, today: undefined, options: [] },
    result: { ...result, ...changes },
    ...more,
  });
  return [verdict, ...findings.map(({ severity, code, where }) => `${severity} ${code} ${where}`)];
};
const broken = (changes: Partial<typeof failure> = {}) => ({
  files: { "b.py": { dagIds: [], error: { ...failure, ...changes } } },
});

describe("the verdict", () => {
  it.each<[string, readonly string[], Partial<UpgradeCheckResult>, Partial<CheckedUpgrade>?]>([
    ["nothing", ["READY"], {}],
    ["a file that does not import", ["BLOCKED", "BLOCKED IMPORT_ERROR b.py:3"], broken()],
    [
      "one whose fault lies in another file",
      ["BLOCKED", "BLOCKED IMPORT_ERROR b.py (in lib/c.py)"],
      broken({ line: null as never, in: "lib/c.py" }),
    ],
    [
      "one that does not import today either",
      ["READY_WITH_WARNINGS", "WARNING IMPORT_ERROR b.py:3"],
      broken(),
      { today: today({ "b.py": { dagIds: [], error: true } }) },
    ],
    [
      "one that lacks a Variable alone",
      ["READY_WITH_WARNINGS", "WARNING ASKS_DATABASE b.py:3"],
      broken({ missing: "Variable x" as never }),
      { today: today({ "b.py": { dagIds: ["b"] } }) },
    ],
    ["one there was no time for", ["READY_WITH_WARNINGS", "WARNING NOT_TRIED b.py"], { files: { "b.py": null } }],
    [
      "a DAG no file makes any more",
      ["BLOCKED", "BLOCKED DAG_MISSING gone"],
      {},
      { today: today({ "a.py": { dagIds: ["a", "gone"] } }) },
    ],
    [
      "one whose file does not import: said once",
      ["BLOCKED", "BLOCKED IMPORT_ERROR b.py:3"],
      broken(),
      { today: today({ "b.py": { dagIds: ["b"] } }) },
    ],
    [
      "DAGs of the copy count more than what was last parsed, whatever folder names their files",
      ["BLOCKED", "BLOCKED DAG_MISSING left"],
      { activeDags: { a: "/task/dags/releases/r1/a.py", left: "/task/dags/releases/r1/a.py" } },
      { today: today({ "a.py": { dagIds: ["a", "gone"] } }) },
    ],
    [
      "packages that do not fit",
      ["BLOCKED", "BLOCKED PACKAGES requirements.txt"],
      { files: null, packages: null, failed: { part: "requirements", message: "no", detail: "", transient: false } },
      { today: today({ "a.py": { dagIds: ["a"] } }) },
    ],
    [
      "what 3 has removed, before what it still takes",
      ["BLOCKED", "BLOCKED REMOVED a.py:9", "WARNING DEPRECATED a.py:2"],
      {
        rules: [
          { file: "a.py", line: 2, rule: "AIR311", message: "moved", fix: null },
          { file: "a.py", line: 9, rule: "AIR301", message: "removed", fix: "Use another" },
        ],
      },
    ],
    [
      "an option of another name",
      ["READY_WITH_WARNINGS", "WARNING OPTION core.x"],
      {},
      { options: [{ option: "core.x", code: "RENAMED", message: "It is called core.y." }] },
    ],
    [
      "a rehearsal that failed",
      ["BLOCKED", "BLOCKED REHEARSAL_FAILED database"],
      {},
      { rehearse: true, rehearsalFailure: "The migration of the copy failed: x" },
    ],
    [
      "a checker that cannot be started",
      ["BLOCKED", "BLOCKED DAGS_NOT_TRIED DAG files"],
      { files: null, importsProblem: "it ended" },
    ],
    [
      "rules that were not tried",
      ["READY_WITH_WARNINGS", "WARNING RULES_NOT_TRIED rules for Airflow 3"],
      { rulesProblem: "x" },
    ],
    ["a report that is too large", ["READY_WITH_WARNINGS", "WARNING INCOMPLETE report"], { complete: false }],
  ])("of %s", (_what, expected, changes, more) => {
    expect(found(changes, more)).toEqual(expected);
  });

  it("says of each finding what is so and what to do", () => {
    const { findings } = upgradeVerdict({
      ...{ from: "2.11.2", to: "3.3.1", rehearse: false, today: undefined, options: [] },
      rehearsalFailure: "The copy was refused",
      result: {
        ...result,
        ...broken(),
        rules: [{ file: "a.py", line: 9, rule: "AIR302", message: "`x` is moved", fix: "Use `y` of a provider" }],
      },
    });
    expect(findings).toHaveLength(3);
    for (const { what, todo } of findings) expect([what.length, todo.length].every((length) => length > 10)).toBe(true);
    expect(findings[2]!.todo).toContain("noqa: AIR302");
  });
});

describe("a result", () => {
  it("of another check, or that is malformed, counts as none", () => {
    const text = JSON.stringify(result);
    expect(parseCheckResult(text, result.id)).toEqual(result);
    expect(parseCheckResult(text, "d".repeat(26))).toBeUndefined();
    expect(parseCheckResult(text.replace('"complete":true', '"complete":"yes"'), result.id)).toBeUndefined();
    expect(parseCheckResult("{", result.id)).toBeUndefined();
  });
});
