import { describe, expect, it } from "vitest";
import { readOptions } from "./options.ts";

describe("the options of the simulation", () => {
  it("are a day of the usual facts unless others are given", () => {
    expect(readOptions([])).toMatchObject({ seed: 1, most: 16, all: false, facts: { surplusSeconds: 300 } });
    expect(readOptions(["--seed", "7", "--fact", "surplusSeconds=600", "--all"])).toMatchObject({
      seed: 7,
      all: true,
      facts: { surplusSeconds: 600, metricSeconds: 10 },
    });
  });

  it("refuses what it does not know, in words", () => {
    expect(() => readOptions(["--fact", "coolDown=1"])).toThrow(/no fact coolDown .* surplusSeconds/);
    expect(() => readOptions(["--fact", "againSeconds=0"])).toThrow(/--fact againSeconds/);
    expect(() => readOptions(["--seed", "x"])).toThrow('--seed takes a whole number from 0, not "x".');
    expect(() => readOptions(["--sample", "0"])).toThrow("--sample");
    expect(() => readOptions(["--lod", "x"])).toThrow("--lod");
  });
});
