import { describe, expect, it } from "vitest";
import { databaseLines } from "./upgrade-text.ts";

const forecast = (Seconds: number) => ({ Seconds, Samples: 0, Basis: "Assumed." });
const task = (TaskId: string, Seconds: number | null) => ({ DagId: "etl", RunId: "r1", TaskId, MapIndex: 2, Seconds });

describe("the database in a dry run, as text", () => {
  const database = { SizeBytes: 12_340_000, Copy: forecast(30), Migration: forecast(90) };

  it("says size, times with their basis, what runs and for how long, and which callbacks are lost", () => {
    const Running = { Count: 3, Longest: [task("load", 90), task("new", null)] };
    const Work = { Running, Deferred: 1, Callbacks: { Waiting: 4, Removed: 4 } };
    expect(databaseLines({ ...database, Work })).toEqual([
      "database    12.3 MB",
      "copy        about 30.0 s. Assumed.",
      "migration   about 1 min 30 s. Assumed.",
      "at work     3 running, 1 deferred, 4 callbacks waiting; 4 of them are lost: Airflow's own migration throws them away",
      "            etl r1 load[2], for 1 min 30 s",
      "            etl r1 new[2]",
      "            and 1 more",
    ]);
  });

  it("says that what is at work is not known where it could not be read", () => {
    expect(databaseLines({ ...database, Work: null }).at(-1)).toBe(
      "at work     not known: reading the database takes too long",
    );
  });
});
