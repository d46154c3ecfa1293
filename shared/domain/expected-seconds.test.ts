import { describe, expect, it } from "vitest";
import { plannedUpdate } from "../testing/planned-update.ts";
import { plannedUpgrade } from "../testing/planned-upgrade.ts";
import { expectedSeconds } from "./expected-seconds.ts";
import type { OperationItem } from "./items.ts";
import { windowSeconds } from "./maintenance-window.ts";

const update = plannedUpdate({ EnvironmentClass: "mw1.medium" });
const upgrade = plannedUpgrade();
const took = (operation: OperationItem, seconds: number, more: Partial<OperationItem> = {}): OperationItem => ({
  ...operation,
  ...{ createdAt: 0, endedAt: seconds * 1000, outcome: "succeeded", journal: {} },
  ...more,
});
const ran = (at: number) => ({ startedAt: at * 1000, endedAt: at * 1000 });

describe("how long a change is reckoned with", () => {
  it("is a stated bound where nothing like it was done here: by what it does, longer with a layer to build", () => {
    const layer = plannedUpdate({ RequirementsS3Path: "requirements.txt" });
    const record = plannedUpdate({ WeeklyMaintenanceWindowStart: "MON:01:00" });
    const seconds = [record, update, layer].map(({ plan }) => expectedSeconds(plan, []));
    expect(seconds).toEqual([60, 1500, 2400]);
    expect(expectedSeconds(upgrade.plan, [])).toBe(5400);
  });

  it("is twice the middle of what such operations took, with the way back", () => {
    const history = [100, 300, 200].map((seconds) => took(update.operation, seconds));
    expect(expectedSeconds(update.plan, history)).toBe(400);
    expect(expectedSeconds(upgrade.plan, history)).toBe(5400);
    expect(expectedSeconds(upgrade.plan, [took(upgrade.operation, 4000)])).toBe(8000);
  });

  it("leaves out the time in which old workers finished their tasks", () => {
    const journal = { "run:drain-workers": ran(50), "run:commit-operation": ran(40_050) };
    expect(expectedSeconds(update.plan, [took(update.operation, 40_100, { journal })])).toBe(200);
  });

  it("of an update is never more than its deadlines allow, so that each fits a whole window", () => {
    const history = [took(update.operation, 90_000)];
    expect(expectedSeconds(update.plan, history)).toBe(1500);
    expect(expectedSeconds(update.plan, history)).toBeLessThan(windowSeconds);
  });
});
