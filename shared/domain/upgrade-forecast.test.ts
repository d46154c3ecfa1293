import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plannedUpgrade, recordOn } from "../testing/planned-upgrade.ts";
import type { OperationItem } from "./items.ts";
import { databaseView, forecast, pastCopies, pastMigrations, removedCallbacks } from "./upgrade-forecast.ts";

const megabyte = 1_000_000;
const assumed = { startSeconds: 30, bytesPerSecond: 50 * megabyte, because: "a start and 50 MB a second" };
const { operation, plan } = plannedUpgrade();
/** One that got so far: copied in 10 s, migrated in 40 s. */
const past = (bytes: unknown, changes: Partial<OperationItem> = {}): OperationItem => ({
  ...operation,
  outcome: "succeeded",
  journal: {
    "run:copy-database": { startedAt: 1_000, endedAt: 3_000, output: { bytes } },
    "run:migrate-database": { startedAt: 11_000, endedAt: 12_000 },
    "run:requeue-tasks": { startedAt: 52_000 },
  },
  ...changes,
});
const work = { running: 2, longest: [], deferred: 1, callbacks: 3 };

describe("how long a copy or a migration will take", () => {
  it("is assumed where none was made here, and says so", () => {
    expect(forecast(500 * megabyte, [], assumed)).toEqual({
      seconds: 40,
      samples: 0,
      basis: "Assumed, as none was made here yet: a start and 50 MB a second.",
    });
  });

  it("is what the one nearest in size took, the newest of equals", () => {
    const samples = [
      { bytes: 10 * megabyte, seconds: 6 },
      { bytes: 10 * megabyte, seconds: 60 },
      { bytes: 5_000 * megabyte, seconds: 120 },
    ];
    expect(forecast(10 * megabyte, samples, assumed)).toMatchObject({ seconds: 6, samples: 3 });
    expect(forecast(5_000 * megabyte, samples, assumed)).toMatchObject({ seconds: 120 });
  });

  it("takes more bytes at the assumed speed where only small ones were made: their start is no measure of speed", () => {
    const { seconds, basis } = forecast(1_010 * megabyte, [{ bytes: 10 * megabyte, seconds: 6 }], assumed);
    expect(seconds).toBe(26);
    expect(basis).toBe("One of 10.0 MB took 6 s here; more bytes at an assumed 50.0 MB a second.");
  });

  it("takes them at the measured speed where the sizes tell one", () => {
    const samples = [
      { bytes: 0, seconds: 5 },
      { bytes: 1_000 * megabyte, seconds: 105 },
    ];
    const { seconds, basis } = forecast(2_000 * megabyte, samples, assumed);
    expect(seconds).toBe(205);
    expect(basis).toContain("the measured 10.0 MB a second");
  });

  it("is a whole second at least, never less than the quickest there was, and never less for more bytes", () => {
    const sample = fc.record({ bytes: fc.nat(10_000 * megabyte), seconds: fc.nat(5_000) });
    fc.assert(
      fc.property(fc.nat(50_000 * megabyte), fc.array(sample, { maxLength: 5 }), (bytes, samples) => {
        const { seconds } = forecast(bytes, samples, assumed);
        expect(Number.isInteger(seconds) && seconds >= 1).toBe(true);
        for (const one of samples.slice(0, samples.length === 0 ? 0 : 1))
          expect(seconds).toBeGreaterThanOrEqual(Math.min(one.seconds, ...samples.map((other) => other.seconds)));
      }),
    );
  });
});

describe("what past upgrades tell", () => {
  it("is the time from one effect to the next, by the size that was written down", () => {
    expect(pastCopies([past(7)])).toEqual([{ bytes: 7, seconds: 10 }]);
    expect(pastMigrations([past(7)], plan)).toEqual([{ bytes: 7, seconds: 40 }]);
  });

  it("is nothing of those that did not get so far, or are older than the size in the journal", () => {
    expect(pastCopies([past(null), past(7, { journal: {} }), operation])).toEqual([]);
  });

  it("of migrations is only what went between the same versions", () => {
    const other = plannedUpgrade({ AirflowVersion: "3.3.1" }, { record: recordOn("3.2.1") });
    expect(pastMigrations([past(7, { plan: other.plan })], plan)).toEqual([]);
    expect(pastCopies([past(7, { plan: other.plan })])).toHaveLength(1);
  });
});

describe("callbacks that wait", () => {
  it.each([
    ["2.11.2", "3.3.1", 3],
    ["2.10.3", "2.11.2", 0],
    ["3.2.1", "3.3.1", 0],
    ["3.1.9", "3.2.0", 3],
  ])("from %s to %s lose %i of three: Airflow 3.2 keeps them in another table", (from, to, lost) => {
    expect(removedCallbacks({ hop: { from, to, how: "migrate", reason: "" } }, 3)).toBe(lost);
  });

  it("lose none by a restore, which migrates nothing", () => {
    expect(removedCallbacks({ hop: { from: "3.3.1", to: "2.11.2", how: "restore", reason: "" } }, 3)).toBe(0);
  });
});

describe("the database in a dry run", () => {
  it("says size, times with their basis, and what is at work", () => {
    const longest = [{ dagId: "etl", runId: "r", taskId: "load", mapIndex: -1, seconds: 90 }];
    expect(databaseView(plan, { bytes: 7, work: { ...work, longest } }, [past(7)])).toMatchObject({
      SizeBytes: 7,
      Copy: { Seconds: 10, Samples: 1, Basis: expect.stringContaining("took 10 s here") },
      Migration: { Seconds: 40, Samples: 1 },
      Work: {
        Running: {
          Count: 2,
          Longest: [{ DagId: "etl", RunId: "r", TaskId: "load", MapIndex: -1, Seconds: 90 }],
        },
        Deferred: 1,
        Callbacks: { Waiting: 3, Removed: 3 },
      },
    });
  });

  it("says nothing of what is at work where it could not be read", () => {
    expect(databaseView(plan, { bytes: 7, work: null }, [])).toMatchObject({ SizeBytes: 7, Work: null });
  });
});
