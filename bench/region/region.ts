// The one-machine region: how fast it starts, and how much memory it and an environment in it take.
import type { Benchmark } from "../benchmark.ts";
import { measureMemory } from "./memory.ts";
import { measureRegionStart } from "./start.ts";

export const region: Benchmark = {
  name: "region",
  run: async (bench) => [...(await measureRegionStart(bench)), ...(await measureMemory(bench))],
};
