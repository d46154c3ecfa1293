// Unpacks SST's platform and its providers into .sst/, once per SST version: what tsc, the synth and the infrastructure
// tests stand on. Needs npm's registry the first time and no account; does nothing when all is there. bun, which only
// this needs, is fetched here (stacks/tools) and not by everybody's npm ci: it is 100 MB.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
// By path: the package exports neither its package.json nor its launcher.
const sst = path.join(root, "node_modules", "sst");
const wanted = JSON.parse(readFileSync(path.join(sst, "package.json"), "utf8")).version;
// Of our own: SST writes its version file before the providers are there, so a killed install would look finished.
const marker = path.join(root, ".sst", "platform", "prepared-version");

const tools = path.join(root, "stacks", "tools");
const lock = path.join(root, "node_modules", ".sst-prepare.pid");
/** For npm, for SST, and for another process that does both. */
const patienceSeconds = 300;

if (read(marker) !== wanted) {
  await takeLock();
  try {
    // Another process may have done it while this one waited.
    if (read(marker) !== wanted) prepare();
  } finally {
    rmSync(lock, { force: true });
  }
}

function prepare() {
  const bun = bunBinary();
  if (bun && !installBun(bun)) return;
  const outcome = install(bun);
  if (outcome.status === 0) return writeFileSync(marker, wanted);
  fail(
    outcome,
    `SST ${wanted} could not be unpacked into .sst/ (${outcome.error?.message ?? `exit ${outcome.status}`}). ` +
      "The lines above say why. It evaluates sst.config.ts and fetches provider packages from npm: when the registry " +
      "cannot be reached, check the network and npm's settings, then run this again.",
  );
}

/** @param outcome of the program that failed; what it said comes first */
function fail(outcome, sentence) {
  process.stderr.write(`${outcome.stdout ?? ""}${outcome.stderr ?? ""}\n${sentence}\n`);
  process.exitCode = 1;
}

/** Two installs into one folder would spoil each other. A lock whose process is gone is nobody's. */
async function takeLock() {
  for (const until = Date.now() + 2 * patienceSeconds * 1000; Date.now() < until; ) {
    try {
      return writeFileSync(lock, String(process.pid), { flag: "wx" });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const holder = Number(read(lock));
    if (holder && !isAlive(holder)) rmSync(lock, { force: true });
    else await pause(200);
  }
  throw new Error(`Another process has been unpacking SST for ${2 * patienceSeconds} s. If none is, delete ${lock}.`);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Runs `sst install` without its downloads of the Pulumi CLI and bun: neither is needed to evaluate offline. */
function install(bun) {
  return spawnSync(process.execPath, [path.join(sst, "bin", "sst.mjs"), "install"], {
    cwd: root,
    encoding: "utf8",
    timeout: patienceSeconds * 1000,
    env: {
      USER: "hangar", // SST asks who runs it, and a container's user may have no name
      ...process.env,
      SST_SKIP_DEPENDENCY_CHECK: "1",
      SST_TELEMETRY_DISABLED: "1",
      SST_STAGE: "test",
      // bun installs by SST's own lock file, so the same bytes every time; npm is the slower way round.
      ...(bun ? { SST_BUN_PATH: bun } : { NO_BUN: "1" }),
    },
  });
}

/**
 * Where bun's binary is, or will be; absolute, because SST runs it in a folder of its own. Undefined on a platform
 * stacks/tools/package.json does not list.
 */
function bunBinary() {
  const name = process.platform === "linux" && { x64: "bun-linux-x64", arm64: "bun-linux-aarch64" }[process.arch];
  return name ? path.join(tools, "node_modules", "@oven", name, "bin", "bun") : undefined;
}

/**
 * Anew each time: a killed npm may have left half a file. The package is optional, so npm ends with 0 also when it could
 * not be fetched: only the file tells.
 */
function installBun(bun) {
  const args = ["ci", "--prefix", tools, "--no-audit", "--no-fund", "--ignore-scripts"];
  const outcome = spawnSync("npm", args, { cwd: tools, encoding: "utf8", timeout: patienceSeconds * 1000 });
  if (existsSync(bun)) return true;
  fail(
    outcome,
    `bun could not be installed into stacks/tools (${outcome.error?.message ?? `npm ended with ${outcome.status}`}). ` +
      "It is fetched once from npm's registry to unpack SST's providers: check the network and npm's settings, then " +
      "run this again.",
  );
  return false;
}

function read(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
