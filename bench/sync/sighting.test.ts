import { expect, it } from "vitest";
import { seenLateText } from "./sighting.ts";

const sighting = (uncertainMilliseconds: number) => ({ seconds: 1, uncertainMilliseconds });

it("counts as seen late what came over two beats after the look before, and not what came within them", () => {
  const text = seenLateText([sighting(55), sighting(100), sighting(101), sighting(240)]);
  expect(text).toMatch(/^2 of 4 /);
  expect(text).toContain("240 ms at most");
});
