import { describe, expect, it } from "vitest";
import { type Arrival, dayOf, loadNames, secondsOfDay } from "./loads.ts";
import { readRecordedLoad, shifted } from "./recorded-load.ts";

const atOnce = (day: readonly Arrival[]): number => day.reduce((sum, { seconds }) => sum + seconds, 0) / secondsOfDay;

describe("generated loads", () => {
  it.each(loadNames)("%s: the same seed and environment give the same day, others give another", (load) => {
    expect(dayOf(load, 1, 0)).toEqual(dayOf(load, 1, 0));
    expect(dayOf(load, 1, 1)).not.toEqual(dayOf(load, 1, 0));
    expect(dayOf(load, 2, 0)).not.toEqual(dayOf(load, 1, 0));
  });

  it.each(loadNames)("%s: tasks come in order, within the day", (load) => {
    const day = dayOf(load, 1, 0);
    const isRight = ({ at, seconds }: Arrival, index: number) =>
      at >= (day[index - 1]?.at ?? 0) && at < secondsOfDay && seconds >= 5;
    expect(day.filter((task, index) => !isRight(task, index))).toEqual([]);
    expect(day.length).toBeGreaterThan(0);
  });

  it("run as many tasks at a time as they say", () => {
    expect(atOnce(dayOf("steady", 1, 0))).toBeCloseTo(8, -0.5);
    expect(atOnce(dayOf("flapping", 1, 0))).toBeCloseTo(10, -0.5);
    expect(atOnce(dayOf("diurnal", 1, 0))).toBeCloseTo(14, -0.5);
  });

  it("burst at 02:00, and are long where they say so", () => {
    const burst = dayOf("burst", 1, 0).filter(({ at }) => at >= 7200 && at <= 7230);
    expect(burst.length).toBeGreaterThanOrEqual(300);
    expect(burst.length).toBeLessThan(310);
    expect(dayOf("long-tail", 1, 0).filter(({ seconds }) => seconds >= 3600)).toHaveLength(12);
  });
});

describe("a recorded load", () => {
  it("begins with its first task, whatever form its times have, and is put in order", () => {
    const text =
      '{"at":"2026-01-01T02:00:30Z","seconds":60}\n\n{"at":"2026-01-01T03:00:00+01:00","seconds":5,"dag":"first"}\n{"at":"2026-01-02T02:00:00Z","seconds":5}\n';
    expect(readRecordedLoad(text)).toEqual([
      { at: 0, seconds: 5 },
      { at: 30, seconds: 60 },
    ]);
    expect(readRecordedLoad('{"at":100,"seconds":1}\n{"at":90.5,"seconds":2}')).toEqual([
      { at: 0, seconds: 2 },
      { at: 9.5, seconds: 1 },
    ]);
  });

  it("names the line that is none", () => {
    expect(() => readRecordedLoad('{"at":1,"seconds":1}\n{"at":2}')).toThrow(/^Line 2 of the recording/);
    expect(() => readRecordedLoad("at 1")).toThrow(/^Line 1 of the recording/);
    expect(() => readRecordedLoad("\n")).toThrow(/empty/);
  });

  it("comes later on another environment, and loses no task over the end of the day", () => {
    expect(
      shifted(
        [
          { at: 0, seconds: 1 },
          { at: secondsOfDay - 5, seconds: 2 },
        ],
        10,
      ),
    ).toEqual([
      { at: 5, seconds: 2 },
      { at: 10, seconds: 1 },
    ]);
  });
});
