import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { TestSpecification } from "vitest/node";
import { LongestFirst, longest } from "./longest-first.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

it("in a fresh checkout the files that take longest begin first, though they are small", async () => {
  const measuredNothing = { cache: { getTestSpecificationResult: () => undefined } };
  const project = { name: "unit", config: { sequence: { groupOrder: 0 }, isolate: false } };
  const files = ["shared/domain/plan-create.test.ts", "shared/domain/upgrade.explore.test.ts"];
  const specifications = files.map((file) => ({ moduleId: `${root}${file}`, project }));
  const sorted = await new LongestFirst(measuredNothing as never).sort(
    specifications as unknown as TestSpecification[],
  );
  expect(sorted.map(({ moduleId }) => moduleId.slice(root.length))).toEqual(files.toReversed());
});

it("every file that is named is there", () => {
  expect(longest.filter((file) => !existsSync(`${root}${file}`))).toEqual([]);
});
