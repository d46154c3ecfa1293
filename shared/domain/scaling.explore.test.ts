// Random schedules against the rules of scaling.ts and of the worker's drain (dataplane, drain.py).
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { scalingEvent, scalingLimits, ScalingWorld } from "../testing/scaling-schedules.ts";

// More with HANGAR_SCHEDULES=300000; npm test and the chaos run do.
const schedules = Number(process.env["HANGAR_SCHEDULES"] ?? 150);

it("stops nobody who has or may get work, loses no worker it wants, and ends with as many as are needed", () => {
  fc.assert(
    fc.property(fc.array(scalingEvent, { minLength: 30, maxLength: 120, size: "max" }), (events) => {
      const world = new ScalingWorld();
      world.service(0);
      for (const one of events) world.play(one);
      world.settle();
      expect(world.queue, "all work is done").toBe(0);
      expect(world.record).toMatchObject({ target: scalingLimits.min, drains: [] });
      expect(world.desired).toBe(scalingLimits.min);
      expect(world.tasks.map(({ released, paused }) => ({ released, paused }))).toEqual([
        { released: false, paused: false },
      ]);
    }),
    { numRuns: schedules },
  );
}, 120_000);
