import { describe, expect, it } from "vitest";
import { plannedUpdate } from "../testing/planned-update.ts";
import { planned, plannedAt } from "../testing/planned.ts";
import type { OperationItem } from "./items.ts";
import type { UpdateEnvironmentRequest } from "./requests.ts";
import { updatePreview } from "./update-preview.ts";

const preview = (
  request: Partial<UpdateEnvironmentRequest>,
  history: readonly OperationItem[] = [],
): Record<string, unknown> => updatePreview(plannedUpdate(request, { pool: { zones: 2 } }).plan, history);

/** An update of the past that took so long. */
const past = (
  request: Partial<UpdateEnvironmentRequest>,
  seconds: number,
  outcome: OperationItem["outcome"] = "succeeded",
): OperationItem => ({
  ...plannedUpdate(request).operation,
  outcome,
  journal: { "run:publish-control": { startedAt: plannedAt, endedAt: plannedAt + seconds * 1000 } },
});
const roll = { EnvironmentClass: "mw1.medium" };

describe("the dry run of an update", () => {
  it("of nothing says so", () => {
    expect(preview({})).toEqual({
      Changes: [],
      Effect: "NONE",
      WorkerReplacementStrategy: "FORCED",
      Order: ["write the record"],
      TasksAffected: { Replaced: [], Scaled: [] },
      ExpectedSeconds: null,
      PricePerHour: {
        Before: { Currency: "USD", Least: 0.6, Most: 1.124, Basis: "Amazon MWAA list price, us-east-1" },
        After: { Currency: "USD", Least: 0.6, Most: 1.124, Basis: "Amazon MWAA list price, us-east-1" },
      },
      Reversible: { Possible: true, Reason: "Another update sets it back; nothing is lost." },
    });
  });

  it("shows each change with what it does, and the tasks it replaces", () => {
    expect(preview(roll)).toMatchObject({
      Changes: [
        {
          Member: "EnvironmentClass",
          Before: "mw1.small",
          After: "mw1.medium",
          Effect: "ROLL",
          Roles: ["web", "scheduler", "worker"],
        },
      ],
      Effect: "ROLL",
      TasksAffected: {
        Replaced: [
          { Role: "web", Count: 2 },
          { Role: "scheduler", Count: 3 },
          { Role: "worker", Count: 2 },
        ],
      },
      PricePerHour: { Before: { Least: 0.6 }, After: { Least: 0.96 } },
    });
    expect(preview({ Schedulers: 2 })).toMatchObject({
      Effect: "SCALE",
      TasksAffected: { Replaced: [], Scaled: [{ Service: expect.stringContaining("-scheduler-g1"), From: 3, To: 2 }] },
    });
  });

  it("shows no price where there is no list price", () => {
    expect(preview({ EnvironmentClass: "mw1.xlarge" })).toMatchObject({
      PricePerHour: { Before: { Least: 0.6 }, After: null },
    });
  });

  it("lists in order what will be done: new tasks before the record, old ones after it", () => {
    const order = (request: Partial<UpdateEnvironmentRequest>) => preview(request)["Order"];
    expect(order({ ...roll, DagS3Path: "other", WorkerReplacementStrategy: "GRACEFUL" })).toEqual([
      "set the database's connection limit to 150",
      "start new web, scheduler, worker tasks beside the old ones",
      "wait until every new component is healthy",
      "let the old workers finish their tasks",
      "write the record",
      "remove the old tasks",
      "make a release of the DAG folder",
    ]);
    expect(order({ ...roll, WorkerReplacementStrategy: "FORCED" })).toContain(
      "stop the old tasks; tasks they still run are ended",
    );
    expect(order({ MinWorkers: 4 })).toEqual([
      expect.stringMatching(/^change \S+-worker-g1 from 2 to 4 tasks$/),
      "write the record",
    ]);
  });

  it("warns where running tasks are ended: setting it back does not run them again", () => {
    expect(preview(roll)["Reversible"]).toMatchObject({ Reason: expect.stringContaining("not run again") });
    expect(preview({ ...roll, WorkerReplacementStrategy: "GRACEFUL" })["Reversible"]).toMatchObject({
      Reason: expect.stringContaining("nothing is lost"),
    });
  });
});

describe("the expected duration", () => {
  it("is the middle of what updates of the same effect took here", () => {
    const history = [past(roll, 90), past(roll, 30), past(roll, 600)];
    expect(preview(roll, history)["ExpectedSeconds"]).toEqual({ Typical: 90, Samples: 3 });
  });

  it.each<[string, OperationItem]>([
    ["failed", past(roll, 30, "rolledBack")],
    ["still runs", past(roll, 30, null)],
    ["got stuck", past(roll, 30, "stuck")],
    ["did something else", past({ MaxWorkers: 4 }, 30)],
    ["was a create", { ...planned().operation, outcome: "succeeded" }],
  ])("does not count one that %s", (_, other) => {
    expect(preview(roll, [other])["ExpectedSeconds"]).toBeNull();
    expect(preview(roll, [other, past(roll, 50)])["ExpectedSeconds"]).toEqual({ Typical: 50, Samples: 1 });
  });
});
