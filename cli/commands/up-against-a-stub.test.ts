// The real command, in a process of its own, in a home that is served already, by a region that is kind.
import { expect, it } from "vitest";
import { stubRegionOfFile } from "../testing/stub-region.ts";

const region = await stubRegionOfFile();

it("a region that runs is left as it is", async () => {
  const ended = await region.hangar(["up"]);
  expect(ended.code).toBe(0);
  expect(ended.stderr).toMatch(/was running/);
  expect(await region.hangar(["up", "--no-unkind"])).toMatchObject({ code: 0 });
});

it("a region that runs does not turn unkind: the command says so, and what to do", async () => {
  const ended = await region.hangar(["up", "--unkind", "7"]);
  expect(ended.code).toBe(5);
  expect(ended.stderr).toMatch(/error: the region runs already.*\n {2}why: it is kind\n {2}fix: npx hangar down/);
});

it.each(["seven", "-1", "1.5"])("a seed of %s is bad usage", async (seed) => {
  const ended = await region.hangar(["up", `--unkind=${seed}`]);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(`not: ${seed}`);
});
