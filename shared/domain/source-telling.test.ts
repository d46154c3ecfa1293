// A bucket is said to tell of nothing only when nothing came of it around a change, and long enough after.
import { describe, expect, it } from "vitest";
import { foundBeforeAnEvent, foundByLooking } from "./release-history.ts";
import { isUntold, isWorthANote, tellingSeconds } from "./source-telling.ts";

const found = 10_000_000;
const minute = tellingSeconds * 1000;
const entry = { by: foundByLooking, createdAt: found };

describe("a change found by looking", () => {
  it.each([
    ["no event ever, a minute later", undefined, found + minute, true],
    ["no event ever, but one may still come", undefined, found + minute - 1, false],
    ["an event long before", found - minute - 1, found + minute, true],
    ["events being handled when it was found", found - minute, found + 10 * minute, false],
    ["an event behind thousands of others, minutes later", found + 5 * minute, found + 5 * minute, false],
  ])("%s", (_, lastEventAt, now, untold) => {
    expect(isUntold(entry, lastEventAt, now)).toBe(untold);
  });
});

it("a change that an event told of, or may have, or that is a candidate still, is not called untold", () => {
  const later = found + 100 * minute;
  expect(isUntold({ ...entry, by: "123456789012" }, undefined, later)).toBe(false);
  expect(isUntold({ ...entry, by: foundBeforeAnEvent }, undefined, later)).toBe(false);
  expect(isUntold(undefined, undefined, later)).toBe(false);
});

it("a stream of events keeps the note young enough without a write for each", () => {
  let last: number | undefined;
  let writes = 0;
  for (let now = found; now <= found + 10 * minute; now += 100) {
    if (isWorthANote(last, now)) [last, writes] = [now, writes + 1];
    expect(now - last!).toBeLessThan(minute / 2);
  }
  expect(writes).toBeLessThan(50);
});
