import { describe, expect, it } from "vitest";
import { testPool } from "../../state-machines/testing/requests.ts";
import { recordIn } from "../testing/planned.ts";
import { checkDeadlines, type CheckSeen, checkStepOf, nextCheckMove, supersededBy } from "./upgrade-check.ts";
import { checkNames, type UpgradeCheck } from "./upgrade-check-item.ts";
import { checkTask } from "./upgrade-check-tasks.ts";

const check: UpgradeCheck = {
  ...{ id: "c".repeat(26), from: "2.11.2", to: "3.3.1", rehearse: true, createdAt: 0, createdBy: "x", image: "i" },
  ...{ release: null, layer: null, source: "hangar_e1", configuration: null, begun: {} },
};
const end = {
  ...{ at: 100, outcome: "DONE" as const, reason: "", verdict: "READY" as const },
  ...{ blocking: 0, warnings: 0, migrationSeconds: null },
};
const running: CheckSeen = { task: { state: "running" }, product: { state: "none" } };
const missing: CheckSeen = { task: { state: "missing" }, product: { state: "none" } };
const stopped = (exitCode: number | null): CheckSeen => ({
  task: { state: "stopped", exitCode, reason: "OutOfMemory" },
  product: { state: "none" },
});
const there = { state: "there" as const, detail: 9 };

describe("the step at hand", () => {
  it.each<[string, Partial<UpgradeCheck>, string | null]>([
    ["a rehearsal begins with the copy", {}, "copy"],
    ["then migrates it", { copied: { at: 1, bytes: 1 } }, "migrate"],
    ["then tries the DAGs", { copied: { at: 1, bytes: 1 }, migrated: { at: 2, seconds: 1 } }, "try"],
    ["one that failed goes on with the DAGs", { rehearsalFailure: "no" }, "try"],
    ["without a rehearsal there is nothing else", { rehearse: false }, "try"],
    ["once it has ended it is cleared away", { end }, "clear"],
    ["twice", { end, cleared: { at: 1, forGood: false } }, "clear"],
    ["and then it is over", { end, cleared: { at: 1, forGood: true } }, null],
  ])("%s", (_what, changes, step) => {
    expect(checkStepOf({ ...check, ...changes })).toBe(step);
  });
});

describe("the next move", () => {
  const begun = { begun: { copy: 0 } };
  const overdue = checkDeadlines.copy + 1;
  it.each<[string, Partial<UpgradeCheck>, CheckSeen | null, number, object]>([
    ["a step is written down before it is started", {}, null, 5, { act: "begin", step: "copy" }],
    ["a task that runs is waited for", begun, running, 5, { act: "wait" }],
    ["but not for ever", begun, running, overdue, { act: "note", changes: { rehearsalFailure: expect.any(String) } }],
    ["one that is not listed yet is started again, once by its token", begun, missing, 60_000, { act: "start" }],
    [
      "later it counts as lost",
      begun,
      missing,
      60_001,
      { act: "note", changes: { rehearsalFailure: expect.any(String) } },
    ],
    [
      "what is there is there, whoever made it",
      begun,
      { ...missing, product: there },
      70_000,
      { changes: { copied: { bytes: 9 } } },
    ],
    ["but not while its task still runs", begun, { ...running, product: there }, 70_000, { act: "wait" }],
    [
      "a task that failed says why",
      begun,
      stopped(1),
      5,
      { changes: { rehearsalFailure: "Copying the database failed: its task ended with exit code 1: OutOfMemory" } },
    ],
    [
      "a migration says itself why",
      { copied: { at: 1, bytes: 1 }, begun: { copy: 0, migrate: 1 } },
      { ...stopped(1), product: { state: "failed", reason: "a row was lost" } },
      5,
      { changes: { rehearsalFailure: "The migration of the copy failed: a row was lost" } },
    ],
    [
      "DAGs that cannot be tried fail the check",
      { rehearse: false, begun: { try: 0 } },
      stopped(null),
      5,
      { act: "end", outcome: "FAILED", reason: expect.stringContaining("exit code unknown") },
    ],
    [
      "a result is concluded",
      { rehearse: false, begun: { try: 0 } },
      { ...stopped(0), product: there },
      5,
      { act: "conclude" },
    ],
    ["what has ended is cleared at once", { end }, null, 101, { act: "clear" }],
    ["and again", { end, cleared: { at: 101, forGood: false } }, null, 150_100, { act: "clear" }],
    [
      "when nobody of before can be at work any more",
      { end, cleared: { at: 101, forGood: false } },
      null,
      150_099,
      { act: "wait" },
    ],
    ["after that nothing", { end, cleared: { at: 1, forGood: true } }, null, 999_999, { act: "none" }],
  ])("%s", (_what, changes, seen, now, expected) => {
    expect(nextCheckMove({ ...check, ...changes }, seen, undefined, now)).toMatchObject(expected);
  });

  it("of one nobody waits for is its end, unless it has ended", () => {
    expect(nextCheckMove(check, null, "An upgrade began.", 5)).toMatchObject({ act: "end", outcome: "CANCELLED" });
    expect(nextCheckMove({ ...check, end }, null, "An upgrade began.", 101)).toMatchObject({ act: "clear" });
  });
});

it("is ended by what takes the environment's version or database away, and by nothing else", () => {
  const settings = { ...recordIn("AVAILABLE").settings, airflowVersion: "2.11.2" };
  const by = (status: Parameters<typeof recordIn>[0], changes: object = {}) =>
    supersededBy(recordIn(status, { settings, ...changes }), check);
  expect([by("AVAILABLE"), by("UPDATE_FAILED"), by("UPDATING", { operationKind: "update-environment" })]).toEqual([
    ...[undefined, undefined, undefined],
  ]);
  expect(by("UPDATING", { operationKind: "upgrade-environment" })).toContain("change of the version");
  expect(by("DELETING")).toContain("deleted");
  expect(by("UNAVAILABLE")).toContain("person");
  expect(by("AVAILABLE", { settings: { ...settings, airflowVersion: "3.3.1" } })).toContain("3.3.1 now");
});

it("its tasks are of the families its names say, so that a delete stops them", () => {
  const environment = recordIn("AVAILABLE");
  const names = checkNames(environment.environmentId, check);
  const families = (["copy", "migrate", "try"] as const).map(
    (step) => checkTask(environment, check, step, testPool).family,
  );
  expect(families).toEqual([names.copyFamily, names.migrateFamily, names.tryFamily]);
});

it("users' code is given a database only where there is a migrated copy of it", () => {
  const environment = recordIn("AVAILABLE");
  expect(checkTask(environment, check, "try", testPool).secrets).toEqual({});
  const migrated = { ...check, migrated: { at: 1, seconds: 1 } };
  const { secrets, environment: variables, role } = checkTask(environment, migrated, "try", testPool);
  expect(Object.keys(secrets)).toEqual(["HANGAR_METADATA_PASSWORD", "HANGAR_FERNET_KEY"]);
  expect(variables["HANGAR_METADATA_DATABASE"]).not.toBe(environment.names.metadataDatabase);
  expect(role).toBe("builder");
});
