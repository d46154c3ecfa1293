// The AWS side, evaluated offline with the real SST components under a simulated engine. One synth for each stage, shared
// by all suites: it takes seconds.
import { beforeAll, describe, expect, it } from "vitest";
import { bundlesSuite } from "./bundles.suite.ts";
import { machinesSuite } from "./machines.suite.ts";
import { permissionsSuite } from "./permissions.suite.ts";
import { safetySuite } from "./safety.suite.ts";
import type { Graph } from "./synth/graph.ts";
import { prepare, synthesize, synthMilliseconds } from "./synthesize.ts";
import { wiringSuite } from "./wiring.suite.ts";

const stages = ["test", "production"];
const graphs = new Map<string, Graph>();
const graphOf = (stage: string) => (): Graph => {
  const graph = graphs.get(stage);
  if (!graph) throw new Error(`The synth of stage ${stage} has not run.`);
  return graph;
};

beforeAll(
  async () => {
    await prepare();
    for (const stage of stages) graphs.set(stage, await synthesize(stage));
  },
  (stages.length + 1) * synthMilliseconds,
);

describe("the synth", () => {
  it.each(stages)("of stage %s runs without an error", (stage) => {
    expect(graphOf(stage)().errors).toEqual([]);
    expect(graphOf(stage)().bundles.flatMap((bundle) => bundle.errors)).toEqual([]);
  });
});

wiringSuite(graphOf("test"));
machinesSuite(graphOf("test"));
permissionsSuite(graphOf("test"));
safetySuite(graphOf("test"), graphOf("production"));
bundlesSuite(graphOf("test"));
