import { describe, expect, it } from "vitest";
import { type OperationStep, stepTimes } from "./operations.ts";

const steps = (
  ...times: readonly (readonly [string, string, number?, (number | undefined)?, number?])[]
): readonly OperationStep[] =>
  times.map(([Step, Kind, StartedAt, EndedAt, UndoneAt]) => ({
    Step,
    Kind,
    ...(StartedAt === undefined ? {} : { StartedAt }),
    ...(EndedAt === undefined ? {} : { EndedAt }),
    ...(UndoneAt === undefined ? {} : { UndoneAt }),
  }));

describe("the steps of an operation", () => {
  it("last as long as their work did; a check from the end of what came before to the next start", () => {
    const Steps = steps(
      ["deploy", "EFFECT", 10, 14],
      ["check", "CHECK"],
      ["scale", "EFFECT", 40, 41],
      ["drain", "EFFECT", 41, undefined],
      ["check-drained", "CHECK"],
      ["commit", "COMMIT"],
    );
    expect(stepTimes({ Steps, Status: "RUNNING" })).toEqual([
      { step: "deploy", state: "done", seconds: 4 },
      { step: "check", state: "done", seconds: 26 },
      { step: "scale", state: "done", seconds: 1 },
      { step: "drain", state: "running", seconds: undefined },
      { step: "check-drained", state: "waiting", seconds: undefined },
      { step: "commit", state: "waiting", seconds: undefined },
    ]);
  });

  it("that look at something are the one that runs, until the next one has begun", () => {
    const Steps = steps(["deploy", "EFFECT", 10, 14], ["check", "CHECK"], ["commit", "COMMIT"]);
    expect(stepTimes({ Steps, Status: "RUNNING" }).map(({ state }) => state)).toEqual(["done", "running", "waiting"]);
  });

  it("that were taken back say so, and none of an ended operation runs", () => {
    const Steps = steps(["deploy", "EFFECT", 10, 14, 20], ["check", "CHECK"], ["commit", "COMMIT"]);
    expect(stepTimes({ Steps, Status: "ROLLED_BACK" }).map(({ state }) => state)).toEqual([
      "undone",
      "waiting",
      "waiting",
    ]);
  });
});
