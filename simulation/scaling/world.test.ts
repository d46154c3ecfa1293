import { describe, expect, it } from "vitest";
import { hangar } from "./hangar.ts";
import { dayOf, type LoadName } from "./loads.ts";
import { always, keda, mwaa, unprotected } from "./peers.ts";
import { samplePool } from "./record.ts";
import { playDay, type Scaler } from "./world.ts";

const play = (load: LoadName, scaler: Scaler, position = 0) =>
  playDay({ arrivals: dayOf(load, 1, position), scaler, seed: 1, position });
const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;

describe("a simulated day", () => {
  it("is the same for the same seed", async () => {
    expect(await play("burst", hangar())).toEqual(await play("burst", hangar()));
  });

  it("can lose tasks: the formula without protection does, and KEDA's grace is too short for long tasks", async () => {
    expect((await play("diurnal", unprotected)).lost).toBeGreaterThan(0);
    expect((await play("long-tail", unprotected)).lost).toBeGreaterThan(0);
    const long = await Promise.all([0, 1, 2].map((position) => play("long-tail", keda, position)));
    expect(long.reduce((sum, { lost }) => sum + lost, 0)).toBeGreaterThan(0);
  });

  it.each(["diurnal", "burst", "long-tail"] as const)(
    "%s: Hangar scales in many times and loses nothing, nor does MWAA's present rule",
    async (load) => {
      const day = await play(load, hangar());
      expect(day.lost).toBe(0);
      expect(day.changes).toBeGreaterThan(50);
      expect(day.waits).toHaveLength(dayOf(load, 1, 0).length);
      expect((await play(load, mwaa)).lost).toBe(0);
    },
  );

  it("costs less than all workers always, and waits longer", async () => {
    const [own, all] = [await play("diurnal", hangar()), await play("diurnal", always)];
    expect(all.workerSeconds).toBe(10 * 86_400);
    expect(own.workerSeconds).toBeLessThan(all.workerSeconds / 2);
    expect(mean(own.waits)).toBeGreaterThan(mean(all.waits));
  });

  it("tries other facts: a longer window changes the number less often", async () => {
    const longer = await play("flapping", hangar({ ...samplePool.scaling, surplusSeconds: 900 }));
    expect(longer.changes).toBeLessThan((await play("flapping", hangar())).changes / 2);
  });

  it("counts what a look asks of AWS", async () => {
    const { calls } = await play("steady", hangar());
    const looks = calls!.eventLooks + calls!.scheduleLooks;
    expect(calls!.scheduleLooks).toBe(1440);
    expect(calls!.metricGets).toBe(4 * looks);
    expect(calls!.ecs).toBeGreaterThanOrEqual(4 * looks);
    expect(calls!.dynamodbReads).toBeGreaterThanOrEqual(looks);
    // two a period, and growth in between, which is seldom
    expect(calls!.metricPuts).toBeGreaterThan(2 * 8640);
    expect(calls!.metricPuts).toBeLessThan(2.05 * 8640);
  });
});
