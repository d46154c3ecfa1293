// Unpacks SST's platform and its providers into .sst/, once per SST version: what tsc, the synth and the infrastructure
// tests stand on. Needs npm's registry the first time and no account; does nothing when all is there.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
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

const lock = path.join(root, "node_modules", ".sst-prepare.pid");
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
  const outcome = install();
  if (outcome.status === 0) return writeFileSync(marker, wanted);
  process.stderr.write(`${outcome.stdout ?? ""}${outcome.stderr ?? ""}\n`);
  process.stderr.write(
    `SST ${wanted} could not be unpacked into .sst/ (${outcome.error?.message ?? `exit ${outcome.status}`}). ` +
      "The lines above say why. It evaluates sst.config.ts and fetches provider packages from npm: when the registry " +
      "cannot be reached, check the network and npm's settings, then run this again.\n",
  );
  process.exitCode = 1;
}

/** Two installs into one folder would spoil each other. A lock whose process is gone is nobody's. */
async function takeLock() {
  for (const until = Date.now() + patienceSeconds * 1000; Date.now() < until; ) {
    try {
      return writeFileSync(lock, String(process.pid), { flag: "wx" });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const holder = Number(read(lock));
    if (holder && !isAlive(holder)) rmSync(lock, { force: true });
    else await pause(200);
  }
  throw new Error(`Another process has been unpacking SST for ${patienceSeconds} s. If none is, delete ${lock}.`);
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
function install() {
  const bun = bunBinary();
  return spawnSync(process.execPath, [path.join(sst, "bin", "sst.mjs"), "install"], {
    cwd: root,
    encoding: "utf8",
    timeout: 300_000,
    env: {
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
 * bun's binary, absolute, because SST runs it in a folder of its own. It lies in the platform's package, or, once
 * bun's install script has run, in bun's own, where a small placeholder stands before.
 */
function bunBinary() {
  const platform = `${process.platform}-${process.arch === "arm64" ? "aarch64" : process.arch}`;
  const places = [
    path.join(root, "node_modules", "@oven", `bun-${platform}`, "bin", "bun"),
    path.join(root, "node_modules", "bun", "bin", "bun.exe"),
  ];
  return places.find((place) => existsSync(place) && statSync(place).size > 1_000_000);
}

function read(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
