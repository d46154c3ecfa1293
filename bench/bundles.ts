// How large each function's code is, bundled and minified as `sst deploy` does: a cold start reads all of it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { functions } from "../functions/wiring.ts";
import { bundling } from "../stacks/bundling.ts";
import { repoRoot } from "../tests/stories/support/hangar.ts";
import { bundleHandler } from "../tests/infra/synth/handler-bundle.ts";
import type { Benchmark } from "./benchmark.ts";
import { againstLimit } from "./measurement.ts";
import { spreadOf } from "./statistics.ts";

/** An API call waits for a cold start; a step's ladder hardly notices. */
const budgetKilobytes = 850;

export const bundles: Benchmark = {
  name: "bundles",
  async run(bench) {
    const folder = mkdtempSync(join(tmpdir(), "hangar-bundles-"));
    const discard = bench.cleanUp(() => rmSync(folder, { recursive: true, force: true }));
    const sizes: { handler: string; kilobytes: number; gzip: number }[] = [];
    for (const [name, { handler }] of Object.entries(functions)) {
      const bundle = await bundleHandler(repoRoot, join(folder, name), {
        functionID: name,
        handler,
        properties: bundling,
      });
      if (bundle.errors.length) throw new Error(`${handler} could not be bundled: ${bundle.errors.join("; ")}`);
      sizes.push({ handler, kilobytes: bundle.bytes / 1000, gzip: bundle.gzipBytes / 1000 });
    }
    await discard();
    for (const { handler, kilobytes, gzip } of sizes)
      bench.note(
        `${handler.padEnd(46)} ${kilobytes.toFixed(0).padStart(5)} KB  ${gzip.toFixed(0).padStart(4)} KB gzip`,
      );
    const api = sizes.filter(({ handler }) => handler.startsWith("functions/api/"));
    const rest = sizes.filter(({ handler }) => !handler.startsWith("functions/api/"));
    return [
      ...api.map(({ handler, kilobytes }) => againstLimit(handler, "KB", spreadOf([kilobytes]), budgetKilobytes)),
      { what: "all other handlers", unit: "KB", measured: spreadOf(rest.map(({ kilobytes }) => kilobytes)) },
    ];
  },
};
