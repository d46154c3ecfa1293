import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plannedUpdate, roomyRecord } from "../testing/planned-update.ts";
import { planned, plannedAt } from "../testing/planned.ts";
import type { OperationItem } from "./items.ts";
import { endOf, isVoid, operationView, statusOf } from "./operation-view.ts";

const update = (changes: Partial<OperationItem> = {}): OperationItem => ({
  ...plannedUpdate({ MaxWorkers: 4, WorkerReplacementStrategy: "GRACEFUL" }).operation,
  ...changes,
});
const at = (seconds: number) => plannedAt + seconds * 1000;

describe("an operation as the API shows it", () => {
  it("tells from the start what it is, who asked for it and what is to be done, and leaves out what is not known yet", () => {
    const view = operationView(update());
    expect(view).toMatchObject({
      OperationId: "u".repeat(26),
      Type: "update-environment",
      Status: "RUNNING",
      CreatedAt: plannedAt / 1000,
      CreatedBy: "arn:aws:iam::000000000000:user/operator",
      Attempt: 1,
      Changes: [{ Member: "MaxWorkers", Before: 10, After: 4, Effect: "RECORD", Roles: [] }],
      WorkerReplacementStrategy: "GRACEFUL",
    });
    for (const member of ["EndedAt", "Seconds", "Error"]) expect(view).not.toHaveProperty(member);
    expect(view["Steps"]).toEqual([
      { Step: "build-layer", Kind: "EFFECT" },
      { Step: "check-layer", Kind: "CHECK" },
      { Step: "limit-connections", Kind: "EFFECT" },
      { Step: "deploy-services", Kind: "EFFECT" },
      { Step: "check-services", Kind: "CHECK" },
      { Step: "put-alarms", Kind: "EFFECT" },
      { Step: "scale-services", Kind: "EFFECT" },
      { Step: "drain-workers", Kind: "EFFECT" },
      { Step: "check-drained", Kind: "CHECK" },
      { Step: "commit-operation", Kind: "COMMIT" },
      { Step: "retire-services", Kind: "AFTER" },
      { Step: "publish-control", Kind: "AFTER" },
    ]);
  });

  it("tells of each step when it began, ended and was undone, in seconds", () => {
    const journal = {
      "run:limit-connections": { startedAt: at(1), endedAt: at(1.5), output: null },
      "run:deploy-services": { startedAt: at(2) },
      "undo:deploy-services": { startedAt: at(3), endedAt: at(4) },
    };
    const { Steps } = operationView(update({ journal, direction: "undoing" })) as { Steps: object[] };
    const began = plannedAt / 1000;
    expect(Steps.slice(2, 4)).toEqual([
      { Step: "limit-connections", Kind: "EFFECT", StartedAt: began + 1, EndedAt: began + 1.5, Seconds: 0.5 },
      { Step: "deploy-services", Kind: "EFFECT", StartedAt: began + 2, UndoneAt: began + 4 },
    ]);
  });

  it("shows no output of a step: it may name what is not the caller's", () => {
    const journal = { "run:limit-connections": { startedAt: at(1), endedAt: at(2), output: { secret: "hunter2" } } };
    expect(JSON.stringify(operationView(update({ journal })))).not.toContain("hunter2");
  });

  it("ends with its last step, and says why it failed", () => {
    const journal = {
      "run:limit-connections": { startedAt: at(1), endedAt: at(2) },
      "undo:limit-connections": { startedAt: at(9), endedAt: at(10) },
    };
    const failure = { step: "check-services", code: "INCORRECT_CONFIGURATION", message: "web: it is broken" };
    expect(operationView(update({ journal, outcome: "rolledBack", failure }))).toMatchObject({
      Status: "ROLLED_BACK",
      EndedAt: plannedAt / 1000 + 10,
      Seconds: 10,
      Error: { Step: "check-services", ErrorCode: "INCORRECT_CONFIGURATION", ErrorMessage: "web: it is broken" },
    });
  });

  it("of a create has no changes", () => {
    const view = operationView(planned().operation);
    expect(view).toMatchObject({ Type: "create-environment", Status: "RUNNING" });
    expect(view).not.toHaveProperty("Changes");
    expect(view).not.toHaveProperty("WorkerReplacementStrategy");
  });
});

describe("how an operation stands", () => {
  it.each([
    [null, "forward", "RUNNING"],
    [null, "undoing", "UNDOING"],
    ["succeeded", "forward", "SUCCEEDED"],
    ["rolledBack", "undoing", "ROLLED_BACK"],
    ["stuck", "forward", "STUCK"],
    ["stuck", "undoing", "STUCK"],
  ] as const)("outcome %s, direction %s: %s", (outcome, direction, status) => {
    expect(statusOf({ outcome, direction })).toBe(status);
  });
});

describe("its end", () => {
  it("is not known while it runs, and never lies before its beginning", () => {
    const time = fc.integer({ min: 0, max: 2 ** 40 });
    const entry = fc.record({ startedAt: time, endedAt: time }, { requiredKeys: ["startedAt"] });
    const journal = fc.dictionary(fc.string(), entry, { maxKeys: 5 });
    fc.assert(
      fc.property(journal, (entries) => {
        expect(endOf(update({ journal: entries }))).toBeUndefined();
        const end = endOf(update({ journal: entries, outcome: "stuck" }))!;
        expect(end).toBeGreaterThanOrEqual(plannedAt);
        for (const { startedAt, endedAt } of Object.values(entries)) {
          expect(end).toBeGreaterThanOrEqual(endedAt ?? startedAt);
        }
      }),
    );
  });
});

describe("an operation is void", () => {
  const record = roomyRecord();
  const started = { "run:limit-connections": { startedAt: at(1) } };

  it.each<[string, Partial<OperationItem>, string | null, boolean]>([
    ["it lost its race: nothing began and nothing points to it", {}, null, true],
    ["another one won", {}, "w".repeat(26), true],
    ["not while the record points to it", {}, "u".repeat(26), false],
    ["not when one of its steps has begun", { journal: started }, null, false],
    ["not when it has ended", { outcome: "stuck" }, null, false],
    ["when it is of an earlier environment of the name", { environmentId: "e9", journal: started }, null, true],
  ])("%s", (_, changes, operationId, isIt) => {
    expect(isVoid(update(changes), { ...record, operationId })).toBe(isIt);
  });
});
