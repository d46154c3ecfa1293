// A served ECS engine in a process of its own, for tests that kill it: prints its address, stops everything on SIGTERM.
// Usage: node engine-process.ts <folder>
import { createEcsEngine } from "../../../local/ecs/engine.ts";
import { clientDefaults, contractCaller, type ServedEngine, serve } from "../serve.ts";
import { suiteOptions } from "./region.ts";

const folder = process.argv[2] as string;
let served: ServedEngine | undefined;
const context = { folder, region: clientDefaults.region, accountId: contractCaller.accountId, now: Date.now };
const engine = createEcsEngine(
  context,
  suiteOptions(new Map(), () => served?.url ?? ""),
);
served = await serve(engine);
await engine.start();
process.stdout.write(`${served.url}\n`);
process.once("SIGTERM", async () => {
  await engine.stopAll({ graceSeconds: 1 });
  process.exit(0);
});
