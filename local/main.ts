// The region's process. `--home <folder>`: serve until SIGTERM, which stops everything the region started.
// `--unkind <seed or off>` is kept in the settings. `--down`: stop what an earlier region left running, and end.
import { join } from "node:path";
import { writeFileAtomically } from "./loadbalancer/atomic-file.ts";
import { prepareLayout } from "./region/layout.ts";
import { stopLeftovers } from "./region/leftovers.ts";
import { replacePort } from "./region/settings.ts";

const at = process.argv.indexOf("--home");
const home = at > 0 ? process.argv[at + 1] : undefined;
if (!home) throw new Error("usage: main.ts --home <folder> [--down]");

// A line that finds the disk full is lost; it must not end the region.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
const log = (line: string) => process.stderr.write(`${new Date().toISOString()} ${line}\n`);

try {
  if (process.argv.includes("--down")) await stopLeftovers(home, log);
  else await serve(home);
} catch (error) {
  fail(home, error, await chosenAgain(home, error));
}

async function serve(folder: string): Promise<void> {
  const began = performance.now();
  const { startRegion } = await import("./region/start.ts");
  const region = await startRegion({ home: folder, log, ...unkindWish() });
  log(`region ready after ${Math.round(performance.now() - began)} ms`);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    region.down().then(
      () => process.exit(0),
      (error: unknown) => fail(folder, error),
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

function unkindWish(): { unkind?: number | "off" } {
  const word = process.argv[process.argv.indexOf("--unkind") + 1];
  if (!process.argv.includes("--unkind")) return {};
  return { unkind: word === "off" ? "off" : Number(word) };
}

/** Whether a first start lost a port to another program and has chosen a new one: the next start gets further. */
async function chosenAgain(folder: string, error: unknown): Promise<boolean> {
  const { name, port } = (error ?? {}) as { readonly name?: string; readonly port?: number };
  if (port === undefined || (name !== "FrontDoorPortTaken" && name !== "LoadBalancerPortTaken")) return false;
  return replacePort(prepareLayout(folder).settingsFile, port).catch(() => false);
}

/** The command line shows this message, and starts again when that is said to help; the stack stays in the log. */
function fail(folder: string, error: unknown, again = false): never {
  const message = error instanceof Error ? error.message : String(error);
  log(`region failed: ${error instanceof Error ? error.stack : message}`);
  try {
    writeFileAtomically(join(folder, "run", "failure.json"), `${JSON.stringify({ message, again })}\n`);
  } catch {
    // the disk is full: the command line sees that for itself
  }
  process.exit(1);
}
