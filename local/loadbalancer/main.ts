// The load balancer's process: `node main.ts <folder>/configuration.json`. Follows the file, writes status.json beside it,
// and lives until it is told to stop: the region that started it may come and go.
import { linkSync, readFileSync, rmSync, statSync, watch, writeFileSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { basename, dirname, join } from "node:path";
import { identityOf, type ProcessIdentity } from "../process-identity.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import { compileOnly } from "./compiled-code.ts";
import { parseConfiguration } from "./configuration.ts";
import { identityFile, readLivingIdentity, statusFile } from "./files.ts";
import { createLoadBalancer } from "./load-balancer.ts";
import { readLoadBalancerStatus } from "./status.ts";

const pollMilliseconds = 500;
const graceMilliseconds = 5_000;

const configurationPath = process.argv[2];
if (configurationPath === undefined) {
  process.stderr.write("usage: main.ts <configuration.json>\n");
  process.exit(64);
}
if (configurationPath === compileOnly) flushCompileCache();
else await run(configurationPath);

async function run(path: string): Promise<void> {
  const folder = dirname(path);
  const identity = identityOf(process.pid);
  if (!identity) throw new Error("This system does not say when a process started (neither /proc nor ps).");
  // First of all: whoever started us may be gone already, and its successor must find us, or start no second one.
  if (!claimFolder(join(folder, identityFile), identity)) {
    process.stdout.write(`${new Date().toISOString()} another load balancer serves ${folder}; this one ends\n`);
    return;
  }

  const statusPath = join(folder, statusFile);
  const known = readLoadBalancerStatus(statusPath)?.targets ?? [];
  let refused: string | undefined;
  let told = false;
  let written = "";
  const tell = () => {
    told = false;
    const status = { ...identity, ...balancer.state(), ...(refused === undefined ? {} : { refused }) };
    const text = JSON.stringify(status);
    if (text === written) return;
    written = text;
    // Not synced: a status is true of a living process only, and after a power cut there is none.
    writeFileAtomically(statusPath, text, { sync: false });
  };
  const tellSoon = () => {
    if (!told) setImmediate(tell);
    told = true;
  };
  const balancer = createLoadBalancer({ known, onChange: tellSoon });

  let seen = "";
  const follow = async () => {
    const version = versionOf(path);
    if (version === seen) return balancer.retryListening();
    seen = version;
    try {
      const configuration = parseConfiguration(readFileSync(path, "utf8"));
      refused = undefined;
      await balancer.apply(configuration);
    } catch (error) {
      refused = (error as Error).message;
      process.stdout.write(`${new Date().toISOString()} configuration refused: ${refused}\n`);
    }
    tell();
  };
  // One at a time, so that an older file can never be put in force after a newer one.
  let turn = follow();
  const next = () => {
    turn = turn.then(follow);
  };
  await turn;
  const poll = setInterval(next, pollMilliseconds);
  const watcher = watch(folder, (_event, name) => {
    if (name === null || name === basename(path)) next();
  });
  watcher.on("error", () => watcher.close()); // the poll sees every change too, only later

  const stop = async () => {
    clearInterval(poll);
    watcher.close();
    await balancer.close(graceMilliseconds);
    process.exit(0);
  };
  process.once("SIGTERM", () => void stop());
  process.once("SIGINT", () => void stop());
  process.on("SIGHUP", () => {}); // the terminal of whoever started us has nothing to do with us
}

/** Writes down that this process is the one, unless another one that lives did so first. */
function claimFolder(path: string, identity: ProcessIdentity): boolean {
  const claim = `${path}.${identity.pid}`;
  writeFileSync(claim, JSON.stringify(identity), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      try {
        linkSync(claim, path); // fails if the file is there: of two that try at once, one wins
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        if (readLivingIdentity(path)) return false;
        rmSync(path, { force: true });
      }
    }
    return false;
  } finally {
    rmSync(claim, { force: true });
  }
}

function versionOf(path: string): string {
  try {
    const { ino, mtimeNs, size } = statSync(path, { bigint: true });
    return `${ino} ${mtimeNs} ${size}`;
  } catch {
    return "missing";
  }
}
