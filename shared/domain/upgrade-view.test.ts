import { describe, expect, it } from "vitest";
import { upgradePool, plannedUpgrade, recordOn } from "../testing/planned-upgrade.ts";
import { plannedAt } from "../testing/planned.ts";
import { plannedUpdate } from "../testing/planned-update.ts";
import { environmentView } from "./environment-view.ts";
import type { OperationItem } from "./items.ts";
import { operationView } from "./operation-view.ts";
import { ladders } from "./ladders.ts";
import { upgradePreview } from "./upgrade-preview.ts";

const { operation, plan } = plannedUpgrade();
const at = (seconds: number) => plannedAt + seconds * 1000;
const task = { dagId: "etl", runId: "r1", taskId: "load", mapIndex: -1, tryNumber: 2 };
const marked = (output: unknown): OperationItem => ({
  ...operation,
  journal: { "run:mark-interrupted": { startedAt: at(1), endedAt: at(2), output } },
});

describe("an upgrade as its operation shows it", () => {
  it("tells what it changes, what may be lost, every step, and the status meanwhile", () => {
    const view = operationView(operation);
    expect(view).toMatchObject({
      Type: "upgrade-environment",
      Changes: [{ Member: "AirflowVersion", Before: "2.11.2", After: "3.3.1", Effect: "ROLL" }],
      WorkerReplacementStrategy: "GRACEFUL",
      Upgrade: { From: "2.11.2", To: "3.3.1", Phase: "UPDATING", Losses: [expect.stringContaining("run again")] },
    });
    expect((view["Steps"] as { Step: string }[]).map(({ Step }) => Step)).toEqual(
      ladders["upgrade-environment"].rungs.map(({ step }) => step),
    );
    expect(view).not.toHaveProperty("Interrupted");
  });

  it("has no status of its own once it has ended: the environment's is another's by then", () => {
    for (const outcome of ["succeeded", "rolledBack", "stuck"] as const)
      expect(operationView({ ...operation, outcome, endedAt: 1 })["Upgrade"]).not.toHaveProperty("Phase");
  });

  it("names the task instances it has ended, and counts those it does not name", () => {
    expect(operationView(marked({ count: 101, interrupted: [task] }))["Interrupted"]).toEqual({
      Count: 101,
      Tasks: [{ DagId: "etl", RunId: "r1", TaskId: "load", MapIndex: -1, TryNumber: 2 }],
    });
    expect(operationView(marked({ count: 0, interrupted: [] }))["Interrupted"]).toEqual({ Count: 0, Tasks: [] });
  });

  it("of another kind has none of this", () => {
    const view = operationView(plannedUpdate({ MaxWorkers: 4 }).operation);
    for (const member of ["Upgrade", "Interrupted"]) expect(view).not.toHaveProperty(member);
  });
});

describe("the dry run of an upgrade", () => {
  const past = (seconds: number, changes: Partial<OperationItem> = {}): OperationItem => ({
    ...operation,
    outcome: "succeeded",
    endedAt: at(seconds),
    ...changes,
  });
  const expected = (...history: OperationItem[]) => upgradePreview(plan, history)["ExpectedSeconds"];

  it("says the whole order, which tasks are replaced, and that the way back ends with the commit", () => {
    const view = upgradePreview(plan, []);
    expect(view).toMatchObject({
      Effect: "ROLL",
      TasksAffected: { Replaced: plan.services.map(({ role, desiredCount }) => ({ Role: role, Count: desiredCount })) },
      Reversible: { Possible: false, Reason: expect.stringContaining("kept for 7 days") },
    });
    const order = (view["Order"] as string[]).join("\n");
    for (const words of ["build a layer", "for 900 s at most", "answer 503", "seal the database", "write the record"])
      expect(order).toContain(words);
  });

  it("does not speak of waiting, or of a layer, where there is none", () => {
    const forced = plannedUpgrade(
      { WorkerReplacementStrategy: "FORCED" },
      { record: recordOn("2.11.2", { layer: null }) },
    );
    const order = (upgradePreview(forced.plan, [])["Order"] as string[]).join("\n");
    expect(order).toContain("running tasks are not waited for");
    expect(order).not.toContain("layer");
  });

  it("expects what upgrades between the same versions took here, and says nothing from others", () => {
    const other = plannedUpgrade({ AirflowVersion: "3.3.1" }, { record: recordOn("3.2.1") });
    const slow = { ...other.operation, outcome: "succeeded" as const, endedAt: at(900) };
    expect(expected(slow, plannedUpdate({ MaxWorkers: 4 }).operation, past(50, { outcome: "rolledBack" }))).toBeNull();
    expect(expected(past(10), past(40), past(30))).toEqual({ Typical: 30, Samples: 3 });
  });
});

describe("snapshots as GetEnvironment shows them", () => {
  it("are named with version and end; an environment that was never upgraded has none", () => {
    const snapshots = [
      {
        ...{ name: "hangar_e1", role: "hangar_e1", airflowVersion: "2.11.2" },
        ...{ createdAt: at(0), expiresAt: at(60), operationId: "x" },
      },
    ];
    const shown = (record: ReturnType<typeof recordOn>) =>
      (environmentView(record, upgradePool, null, plannedAt)["Hangar"] as { Snapshots: unknown }).Snapshots;
    expect(shown(recordOn("3.3.1", { snapshots }))).toEqual([
      {
        ...{ Name: "hangar_e1", AirflowVersion: "2.11.2", OperationId: "x", State: "AVAILABLE" },
        ...{ CreatedAt: plannedAt / 1000, ExpiresAt: plannedAt / 1000 + 60 },
      },
    ]);
    expect(shown(recordOn("3.3.1"))).toEqual([]);
  });
});
