// Random schedules around maintenance windows (shared/testing/maintenance-schedules.ts).
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { maintenanceEvent } from "../../shared/testing/maintenance-events.ts";
import { MaintenanceWorld } from "../../shared/testing/maintenance-schedules.ts";

// More with HANGAR_SCHEDULES=20000.
const schedules = Number(process.env["HANGAR_SCHEDULES"] ?? 150);

it("begins what was asked for once, in an open window that was not used before, and loses nothing", async () => {
  const ways = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(maintenanceEvent, { minLength: 30, maxLength: 90, size: "max" }), async (events) => {
      const schedule = new MaintenanceWorld();
      await schedule.begin();
      for (const one of events) await schedule.play(one);
      await schedule.settle();
      expect(schedule.record.pending ?? null, "what waits begins in the end").toBeNull();
      expect(schedule.record.image, "and the newest image runs").toBe(schedule.image);
      for (const { pending, cancelled, refused } of schedule.asked.values())
        ways.add(`${pending.waitsFor} ${cancelled ? "cancelled" : refused ? "refused" : "begun"}`);
    }),
    { numRuns: schedules },
  );
  // a refused one is rare here: open-maintenance-windows.test.ts has it
  const usual = ["maintenance begun", "maintenance cancelled", "window begun", "window cancelled"];
  expect([...ways], "the schedules come everywhere").toEqual(expect.arrayContaining(usual));
}, 120_000);
