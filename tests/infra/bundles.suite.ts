// How large the functions' code is: a cold start reads all of it.
import { describe, expect, it } from "vitest";
import { functions } from "../../functions/wiring.ts";
import type { Graph } from "./synth/graph.ts";

/** Bytes, minified, the AWS SDK included. An API call waits for a cold start, a step's ladder hardly notices. */
const budgets = [
  { folder: "functions/api/", bytes: 850_000 },
  { folder: "functions/", bytes: 1_000_000 },
];

export function bundlesSuite(graph: () => Graph): void {
  describe("bundles", () => {
    it("are minified and within their budget", () => {
      const rows = graph().bundles.map(({ handler, bytes, gzipBytes }) => ({
        handler,
        kilobytes: Math.round(bytes / 1000),
        gzip: Math.round(gzipBytes / 1000),
      }));
      console.table(rows);
      expect(graph().bundles).toHaveLength(Object.keys(functions).length);
      for (const bundle of graph().bundles) {
        const budget = budgets.find(({ folder }) => bundle.handler.startsWith(folder));
        expect(bundle.minified, bundle.handler).toBe(true);
        expect(bundle.bytes, bundle.handler).toBeGreaterThan(0);
        expect(bundle.bytes, bundle.handler).toBeLessThan(budget!.bytes);
      }
    });
  });
}
