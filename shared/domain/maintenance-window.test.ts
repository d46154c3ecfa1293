import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canStart,
  decideWindow,
  deferWindow,
  missedWindows,
  type PendingChange,
  skipWindow,
  windowAfter,
  windowAt,
  windowSeconds,
  type WindowState,
} from "./maintenance-window.ts";

const fresh: WindowState = { opened: null, skipped: null, deferred: null };
const at = (text: string) => Date.parse(text);
const hour = 3_600_000;
const week = 7 * 24 * hour;
const change = (members: Partial<PendingChange> = {}): PendingChange => ({
  ...{ id: "change", requestedAt: 0, expectedSeconds: 600, mayOverrun: false, ...members },
});
const starts = fc
  .tuple(fc.constantFrom("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"), fc.nat(23), fc.constantFrom("00", "30"))
  .map(([day, hours, minutes]) => `${day}:${String(hours).padStart(2, "0")}:${minutes}`);
const instants = fc.integer({ min: at("2020-01-01"), max: at("2040-01-01") });

describe("the window of an instant", () => {
  it.each([
    ["WED:10:00", "2026-01-07T09:59:59.999Z", "2026-01-07T10:00:00.000Z", "it comes today"],
    ["WED:10:00", "2026-01-07T10:00:00.000Z", "2026-01-07T10:00:00.000Z", "its first instant is in it"],
    ["WED:10:00", "2026-01-07T11:59:59.999Z", "2026-01-07T10:00:00.000Z", "so is its last"],
    ["WED:10:00", "2026-01-07T12:00:00.000Z", "2026-01-14T10:00:00.000Z", "its end is not"],
    ["SUN:23:30", "2026-01-05T01:00:00.000Z", "2026-01-04T23:30:00.000Z", "open across the end of a week"],
    ["SUN:23:30", "2026-01-05T01:30:00.000Z", "2026-01-11T23:30:00.000Z", "closed again on Monday"],
    ["MON:00:00", "2026-01-04T23:59:59.999Z", "2026-01-05T00:00:00.000Z", "first minute of a week"],
    ["THU:00:30", "1970-01-01T00:00:00.000Z", "1970-01-01T00:30:00.000Z", "the week of the epoch"],
    ["SAT:22:30", "2024-02-29T12:00:00.000Z", "2024-03-02T22:30:00.000Z", "a leap day"],
    ["SUN:01:30", "2026-03-29T01:00:00.000Z", "2026-03-29T01:30:00.000Z", "UTC knows no summer time"],
  ])("%s at %s is the one of %s: %s", (start, now, id) => {
    expect(windowAt(start, fresh, at(now)).id).toBe(id);
  });

  it("is open or comes within a week, and starts on the day and at the time asked for", () => {
    fc.assert(
      fc.property(starts, instants, (start, now) => {
        const { startsAt, endsAt, id } = windowAt(start, fresh, now);
        expect(endsAt).toBeGreaterThan(now);
        expect(startsAt).toBeLessThanOrEqual(now + week);
        expect(endsAt - startsAt).toBe(windowSeconds * 1000);
        const named = new Date(startsAt).toUTCString();
        expect(`${named.slice(0, 3).toUpperCase()}:${named.slice(17, 22)}`).toBe(start);
        expect(windowAfter(start, fresh, now).startsAt).toBeGreaterThan(now);
        expect(id).toBe(new Date(startsAt).toISOString());
      }),
    );
  });

  it.each(["MON", "mon:10:00", "MON:10:15", "XXX:10:00", "MON:24:00"])("%s is no start of one", (start) => {
    expect(() => windowAt(start, fresh, 0)).toThrow(/DAY:HH:MM/);
  });
});

describe("what starts in a window", () => {
  const window = windowAt("WED:10:00", fresh, at("2026-01-07T10:00:00Z"));
  it.each([
    [3600, false, "2026-01-07T11:00:00Z", true],
    [3601, false, "2026-01-07T11:00:00Z", false],
    [3601, true, "2026-01-07T11:00:00Z", true],
    [1, true, "2026-01-07T12:00:00Z", false],
    [1, true, "2026-01-07T09:59:59Z", false],
  ])("%d s, may overrun: %s, at %s: %s", (expectedSeconds, mayOverrun, now, startable) => {
    expect(canStart({ expectedSeconds, mayOverrun }, window, at(now)).startable).toBe(startable);
  });

  const look = (now: string, pending: readonly PendingChange[], state = fresh, busy: string | null = null) =>
    decideWindow("WED:10:00", state, pending, busy, at(now));

  it("is the oldest change that can still finish; a longer one waits for the next window and is told so", () => {
    const long = change({ id: "long", requestedAt: 1, expectedSeconds: 7000 });
    const short = change({ id: "short", requestedAt: 2 });
    expect(look("2026-01-07T10:00:00Z", [short, long])).toMatchObject({ kind: "open", change: "long" });
    expect(look("2026-01-07T11:00:00Z", [short, long])).toMatchObject({ kind: "open", change: "short" });
    const wait = look("2026-01-07T11:00:00Z", [long]);
    expect(wait).toMatchObject({ kind: "wait", until: at("2026-01-14T10:00:00Z") });
    expect(wait.reason).toContain("3600 s are left");
  });

  it("waits while another operation has the environment, as long as the window has room for it, then for the next", () => {
    expect(look("2026-01-07T10:00:00Z", [change()], fresh, "it is being updated")).toMatchObject({ kind: "busy" });
    expect(look("2026-01-07T11:55:00Z", [change()], fresh, "it is being updated")).toMatchObject({
      ...{ kind: "wait", until: at("2026-01-14T10:00:00Z") },
    });
  });

  it("nothing, where nothing waits, and nothing before it opens", () => {
    expect(look("2026-01-07T10:00:00Z", [])).toMatchObject({ kind: "wait" });
    expect(look("2026-01-07T09:00:00Z", [change()])).toMatchObject({
      ...{ kind: "wait", until: at("2026-01-07T10:00:00Z") },
    });
  });
});

describe("a window is opened at most once", () => {
  it("whenever, and however often somebody looks, however the start is moved, and never two that overlap", () => {
    const looks = fc.array(fc.tuple(fc.nat({ max: 3 * 24 * 60 }), starts, fc.nat(20)), {
      ...{ maxLength: 60, size: "max" as const },
    });
    fc.assert(
      fc.property(looks, (each) => {
        let [now, state] = [at("2026-01-01"), fresh];
        let start = "MON:00:00";
        const opened: { id: string; startsAt: number; endsAt: number }[] = [];
        for (const [minutes, other, dice] of each) {
          now += minutes * 60_000;
          if (dice === 0) start = other;
          if (dice === 1) state = skipWindow(start, state, now);
          if (dice === 2) {
            const deferred = deferWindow(start, state, Math.ceil(now / hour) * hour + 30 * hour, now);
            if ("state" in deferred) state = deferred.state;
          }
          const decision = decideWindow(start, state, [change()], null, now);
          if (decision.kind === "wait") expect(decision.until).toBeGreaterThan(now);
          if (decision.kind !== "open") continue;
          expect(decision.window.id).not.toBe(state.skipped);
          expect(opened.map(({ id }) => id)).not.toContain(decision.window.id);
          expect(opened.every(({ endsAt }) => endsAt <= decision.window.startsAt)).toBe(true);
          opened.push(decision.window);
          state = { ...state, opened: decision.window };
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("skipping, deferring, missing", () => {
  const now = at("2026-01-07T08:00:00Z");
  it("a skipped window passes unused; the one after it is used", () => {
    const state = skipWindow("WED:10:00", fresh, now);
    expect(decideWindow("WED:10:00", state, [change()], null, at("2026-01-07T10:30:00Z")).kind).toBe("wait");
    expect(windowAt("WED:10:00", state, now).id).toBe("2026-01-14T10:00:00.000Z");
    expect(skipWindow("WED:10:00", state, now)).toEqual(state);
  });

  it("a deferred window opens at its new time under its old name, once, and the next is regular", () => {
    const deferred = deferWindow("WED:10:00", fresh, at("2026-01-10T20:30:00Z"), now);
    const state = "state" in deferred ? deferred.state : fresh;
    expect(decideWindow("WED:10:00", state, [change()], null, at("2026-01-07T10:30:00Z")).kind).toBe("wait");
    const open = decideWindow("WED:10:00", state, [change()], null, at("2026-01-10T20:30:00Z"));
    expect(open).toMatchObject({ kind: "open", window: { id: "2026-01-07T10:00:00.000Z" } });
    expect(windowAfter("WED:10:00", state, at("2026-01-10T21:00:00Z")).startsAt).toBe(at("2026-01-14T10:00:00Z"));
  });

  it.each([
    ["2026-01-08T10:15:00Z", "on the hour or at half past"],
    ["2026-01-07T09:00:00Z", "only be deferred to a later time"],
    ["2026-01-14T08:30:00Z", "defer it to end before, or skip it"],
  ])("a window cannot be deferred to %s: %s", (to, sentence) => {
    expect(deferWindow("WED:10:00", fresh, at(to), now)).toMatchObject({ refused: expect.stringContaining(sentence) });
  });

  it("windows nobody looked at are named and not made up for", () => {
    const since = at("2026-01-07T12:00:00Z");
    const later = at("2026-01-21T13:00:00Z");
    expect(missedWindows("WED:10:00", fresh, since, later)).toEqual([
      "2026-01-14T10:00:00.000Z",
      "2026-01-21T10:00:00.000Z",
    ]);
    expect(decideWindow("WED:10:00", fresh, [change()], null, later)).toMatchObject({
      ...{ kind: "wait", until: at("2026-01-28T10:00:00Z") },
    });
  });
});
