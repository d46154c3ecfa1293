// How fast scaling answers, and what looking after an environment costs while nothing happens.
import type { Benchmark } from "../benchmark.ts";
import { measureGrowth } from "./growth.ts";
import { measureIdle } from "./idle.ts";

export const scaling: Benchmark = {
  name: "scaling",
  run: async (bench) => [
    ...(await measureGrowth(bench, { metricSeconds: 1, limitSeconds: 3 })),
    ...(await measureGrowth(bench, { metricSeconds: 10, limitSeconds: 12 })),
    ...(await measureIdle(bench)),
  ],
};
