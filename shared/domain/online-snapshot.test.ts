import { describe, expect, it } from "vitest";
import { plannedAt, recordIn } from "../testing/planned.ts";
import type { EnvironmentItem } from "./items.ts";
import {
  afterAct,
  decideOnlineSnapshot,
  givenUp,
  mostAtOnce,
  mostKept,
  type OnlineSight,
  planOnlineSnapshot,
} from "./online-snapshot.ts";
import type { Snapshot } from "./snapshot-item.ts";

const take = (environment: EnvironmentItem, description?: string) =>
  planOnlineSnapshot(environment, { description, now: plannedAt });
const environment = recordIn("AVAILABLE", { generation: 6 });
const asked = take(environment);
const hour = 3_600_000;

describe("a snapshot that is asked for", () => {
  it("is noted with all its names, the record's counter in them, before anything is made", () => {
    expect(take(environment, "before the move")).toEqual({
      ...{ name: "hangar_e0000000001_s7", role: "hangar_e0000000001_s7", state: "CREATING" },
      ...{ airflowVersion: "3.3.1", queue: environment.names.queue, description: "before the move" },
      ...{ createdAt: plannedAt, expiresAt: plannedAt + 7 * 24 * hour },
      copying: { source: environment.names.metadataDatabase, image: environment.image },
    });
  });

  it.each([
    ["UPDATE_FAILED", null, undefined],
    ["UPDATING", "o", "EnvironmentBusy"],
    ["DELETING", null, "EnvironmentBusy"],
    ["CREATING", "o", "EnvironmentBusy"],
    ["UNAVAILABLE", null, "EnvironmentUnusable"],
    ["CREATE_FAILED", null, "EnvironmentUnusable"],
  ] as const)("in %s is taken, or refused by name", (status, operationId, error) => {
    const record = { ...environment, status, operationId };
    if (error === undefined) expect(take(record).state).toBe("CREATING");
    else expect(() => take(record)).toThrow(expect.objectContaining({ name: error }));
  });

  it("is refused where as many are under way, or kept, as may be; those that failed and those of upgrades do not count", () => {
    const made: Snapshot = { ...asked, copying: { ...asked.copying!, over: true } };
    const { state: _, ...there } = made;
    const { copying: __, ...ofUpgrade } = there;
    const having = (...snapshots: Snapshot[]) => ({ ...environment, snapshots });
    const times = (count: number, one: Snapshot) => Array.from({ length: count }, () => one);
    const quota = expect.objectContaining({ name: "QuotaExceeded" });
    expect(() => take(having(...times(mostAtOnce, asked)))).toThrow(quota);
    expect(() => take(having(...times(mostKept, there)))).toThrow(quota);
    const harmless = [...times(20, ofUpgrade), ...times(20, { ...made, state: "FAILED" })];
    expect(take(having(...times(mostAtOnce - 1, asked), ...times(mostKept - mostAtOnce, there), ...harmless))).toEqual(
      asked,
    );
  });
});

describe("the next act", () => {
  const whole = { whole: true, sealed: false };
  const empty = { whole: false, sealed: false };
  const open = { sealed: false };
  const rows: readonly [string, Omit<OnlineSight, "atRest">, number, string][] = [
    ["nothing begun", { task: { state: "missing" }, source: open, target: null }, 0, "start"],
    ["cut off after the empty target", { task: { state: "missing" }, source: open, target: empty }, 0, "start"],
    ["copying", { task: { state: "running" }, source: open, target: empty }, 0, "wait"],
    ["copied, its task ending", { task: { state: "running" }, source: open, target: whole }, 0, "wait"],
    ["copied", { task: { state: "stopped", exitCode: 0 }, source: open, target: whole }, 0, "seal"],
    ["copied, its task forgotten", { task: { state: "missing" }, source: open, target: whole }, 0, "seal"],
    [
      "copied, and the source sealed since",
      { task: { state: "stopped" }, source: { sealed: true }, target: whole },
      0,
      "seal",
    ],
    ["sealed", { task: { state: "missing" }, source: null, target: { whole: true, sealed: true } }, 0, "finish"],
    ["failed", { task: { state: "stopped", exitCode: 1 }, source: open, target: empty }, 0, "fail"],
    [
      "ended well with nothing in it",
      { task: { state: "stopped", exitCode: 0 }, source: open, target: empty },
      0,
      "fail",
    ],
    ["the source sealed before", { task: { state: "missing" }, source: { sealed: true }, target: null }, 0, "fail"],
    ["the source gone", { task: { state: "missing" }, source: null, target: null }, 0, "fail"],
    ["copying for too long", { task: { state: "running" }, source: open, target: empty }, 6 * hour, "fail"],
    ["never begun for too long", { task: { state: "missing" }, source: open, target: null }, 6 * hour, "fail"],
    ["whole at last, and late", { task: { state: "running" }, source: open, target: whole }, 6 * hour, "seal"],
  ];
  it.each(rows)("%s: at %o after %d ms it is to %s", (_, seen, after, act) => {
    expect(decideOnlineSnapshot(asked, { atRest: true, ...seen }, plannedAt + after).act).toBe(act);
  });

  it("of one that is there is none, and of one that failed is to clean up, once, and at its end again", () => {
    const { state: _, ...there } = asked;
    const seen: OnlineSight = { atRest: true, task: { state: "stopped" }, source: open, target: null };
    expect(decideOnlineSnapshot(there, seen, plannedAt).act).toBe("none");
    const failed = afterAct(asked, { act: "fail", reason: "It was so." }, {}, plannedAt)!;
    expect(failed).toMatchObject({ state: "FAILED", reason: "It was so.", expiresAt: plannedAt + 24 * hour });
    expect(decideOnlineSnapshot(failed, seen, plannedAt).act).toBe("clean");
    const cleaned = afterAct(failed, { act: "clean", reason: "" }, {}, plannedAt)!;
    expect(decideOnlineSnapshot(cleaned, seen, plannedAt).act).toBe("none");
    expect(decideOnlineSnapshot(cleaned, seen, failed.expiresAt).act).toBe("forget");
    expect(afterAct(cleaned, { act: "forget", reason: "" }, {}, plannedAt)).toBeUndefined();
  });

  it("of one whose time is over is to drop it, but not while an operation has the databases to itself", () => {
    const there = afterAct(asked, { act: "finish", reason: "" }, {}, plannedAt)!;
    const seen: OnlineSight = { atRest: true, task: { state: "missing" }, source: open, target: null };
    expect(decideOnlineSnapshot(there, seen, there.expiresAt).act).toBe("forget");
    expect(decideOnlineSnapshot(there, { ...seen, atRest: false }, there.expiresAt).act).toBe("none");
    expect(decideOnlineSnapshot(there, seen, there.expiresAt - 1).act).toBe("none");
  });

  it("of one that is given up comes after a late hand's time; one that is there is over at once", () => {
    expect(givenUp(asked, plannedAt)).toMatchObject({ state: "FAILED", expiresAt: plannedAt + 300_000 });
    const there = afterAct(asked, { act: "finish", reason: "" }, {}, plannedAt)!;
    expect(givenUp(there, plannedAt)).toEqual({ ...there, expiresAt: plannedAt });
  });

  it("of two hands that disagree the first on the record wins: one that failed is never said to be there, nor the other way", () => {
    const there = afterAct(asked, { act: "finish", reason: "" }, { size: 5 }, plannedAt + hour)!;
    expect(there).toMatchObject({ size: 5, copying: { over: true }, expiresAt: plannedAt + hour + 7 * 24 * hour });
    expect(there.state).toBeUndefined();
    expect(afterAct(there, { act: "fail", reason: "" }, {}, plannedAt)).toBe(there);
    const failed = afterAct(asked, { act: "fail", reason: "x" }, {}, plannedAt)!;
    expect(afterAct(failed, { act: "finish", reason: "" }, {}, plannedAt)).toBe(failed);
  });
});
