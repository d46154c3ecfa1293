// The region's process. `--home <folder>`: serve until SIGTERM, which stops everything the region started.
// `--down`: stop what an earlier region left running, and end.
import { writeFileAtomically } from "./loadbalancer/atomic-file.ts";
import { startRegion } from "./region/start.ts";
import { join } from "node:path";

const at = process.argv.indexOf("--home");
const home = at > 0 ? process.argv[at + 1] : undefined;
if (!home) throw new Error("usage: main.ts --home <folder> [--down]");

const began = performance.now();
const log = (line: string) => process.stderr.write(`${new Date().toISOString()} ${line}\n`);

try {
  const region = await startRegion({ home, log, serve: !process.argv.includes("--down") });
  log(`region ready after ${Math.round(performance.now() - began)} ms`);
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    try {
      await region.down();
      process.exit(0);
    } catch (error) {
      log(`region could not stop cleanly: ${error instanceof Error ? error.stack : String(error)}`);
      process.exit(1);
    }
  };
  process.on("SIGTERM", () => void stop());
  process.on("SIGINT", () => void stop());
  if (process.argv.includes("--down")) await stop();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  log(`region failed to start: ${error instanceof Error ? error.stack : String(error)}`);
  writeFileAtomically(join(home, "run", "failure.json"), `${JSON.stringify({ message, name: error instanceof Error ? error.name : "" })}\n`);
  process.exit(1);
}
