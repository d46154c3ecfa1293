import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseReport } from "./reports.ts";

const report = {
  schema: 1,
  taskId: "t1",
  role: "worker",
  generation: "3",
  at: 1.5,
  healthy: true,
  components: { worker: { state: "running" } },
};

describe("a report", () => {
  it("is read with its defaults; DAG code shares the task with its agent, so what the schema lacks is dropped", () => {
    expect(parseReport(JSON.stringify({ ...report, status: "AVAILABLE" }))).toEqual({
      ...report,
      generation: 3,
      components: { worker: { state: "running", restarts: 0 } },
      staged: [],
      problems: [],
    });
  });

  it.each(["database", null, undefined])("says what its components wait for: %s", (hold) => {
    expect(parseReport(JSON.stringify({ ...report, hold }))?.hold).toBe(hold);
  });

  it.each([
    { schema: 2 },
    { role: "admin" },
    { taskId: "t".repeat(201) },
    { healthy: "yes" },
    { hold: true },
    { hold: "d".repeat(201) },
    { components: { worker: { state: "splendid" } } },
    { components: { worker: { state: "running", detail: "x".repeat(2001) } } },
    { canary: { id: "c", state: "maybe" } },
    { problems: ["x".repeat(2001)] },
    { drain: { id: "d", state: "resting", inFlight: 0 } },
    { drain: { id: "d", state: "released", inFlight: -1 } },
    { drain: { id: "d".repeat(201), state: "released", inFlight: 0 } },
  ])("with %j counts as no report at all", (changes) => {
    expect(parseReport(JSON.stringify({ ...report, ...changes }))).toBeUndefined();
  });

  it("of a worker says what becomes of its drain; null says that there is none", () => {
    const drain = { id: "d1", state: "draining", inFlight: 2 };
    expect(parseReport(JSON.stringify({ ...report, drain }))?.drain).toEqual(drain);
    expect(parseReport(JSON.stringify({ ...report, drain: null }))?.drain).toBeNull();
  });

  it("never breaks the one who reads it, whatever lies there", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseReport(text)).toBeUndefined();
      }),
    );
  });
});
