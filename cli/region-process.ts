// Starts and stops the one-machine region, and finds the one that runs.
import { spawn } from "node:child_process";
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { identityOf, isAlive, killProcess, waitForExit } from "../local/process-identity.ts";
import type { ApiTarget } from "./api-client.ts";
import { exitCodes, Failure } from "./failure.ts";
import { readOperatorKey, readRegionFile, type RegionFile } from "./home.ts";

const program = fileURLToPath(new URL("../local/main.ts", import.meta.url));
const packages = fileURLToPath(new URL("../node_modules/", import.meta.url));
const startSeconds = 60;
/** A first start may lose a port to another program that came at the same moment; it then chooses another. */
const mostStarts = 3;
const leastFreeBytes = 1024 * 1024;
const stopSeconds = 90;

/** The region that serves this home now, or undefined. */
export function runningRegion(home: string): RegionFile | undefined {
  const region = readRegionFile(home);
  return region && isAlive(region) ? region : undefined;
}

/** How to call the region of this home. @throws Failure when none runs */
export function targetOf(home: string): ApiTarget & { readonly accountId: string; readonly webPort: number } {
  const region = runningRegion(home);
  const key = readOperatorKey(home);
  if (region && key)
    return { url: region.url, region: region.region, key, accountId: region.accountId, webPort: region.webPort };
  throw new Failure("no region runs here", {
    why: `nothing serves ${home}`,
    fix: "npx hangar up",
    exitCode: exitCodes.notFound,
  });
}

export interface StartOptions {
  /** Written into the home's settings: a seed for unkind mode, or `off`. Absent: as the settings have it. */
  readonly unkind?: number | "off";
}

/**
 * Starts the region detached and waits until it serves.
 * @returns the region, and whether it ran already
 * @throws Failure with the region's own words when it cannot start
 */
export async function startRegionProcess(
  home: string,
  options: StartOptions = {},
): Promise<{ readonly region: RegionFile; readonly already: boolean }> {
  const already = runningRegion(home);
  if (already) return { region: already, already: true };
  mkdirSync(join(home, "logs"), { recursive: true, mode: 0o700 });
  mkdirSync(join(home, "run"), { recursive: true, mode: 0o700 });
  const failureFile = join(home, "run", "failure.json");
  rmSync(failureFile, { force: true });
  const wasKilled = readRegionFile(home) !== undefined; // an orderly end removes the file
  for (let starts = 1; ; starts++) {
    const started = await startOnce(home, failureFile, options);
    if (!(started instanceof Failure)) return { region: started, already: false };
    // What a killed region left goes on and is adopted later; what only this start made is not left behind.
    if (!wasKilled) await stopLeftProcesses(home);
    if (starts === mostStarts || !readFailure(failureFile)?.again) throw started;
    rmSync(failureFile, { force: true });
  }
}

/** @returns the region once it serves, or why it ended */
async function startOnce(home: string, failureFile: string, { unkind }: StartOptions): Promise<RegionFile | Failure> {
  const child = launch(home, unkind === undefined ? [] : ["--unkind", String(unkind)]);
  const deadline = Date.now() + startSeconds * 1000;
  while (Date.now() < deadline) {
    const region = runningRegion(home);
    if (region) return region;
    if (child.exitCode !== null || child.signalCode !== null) return startFailure(home, failureFile);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Failure(`the region did not start within ${startSeconds} s`, {
    fix: `look at ${join(home, "logs", "region.log")}`,
  });
}

/** Stops everything the region of this home started, also what a killed one left running. @returns whether anything ran */
export async function stopRegionProcess(home: string): Promise<boolean> {
  const region = runningRegion(home);
  if (region) {
    killProcess(region, "SIGTERM");
    if (!(await waitForExit(region, stopSeconds * 1000))) {
      throw new Failure(`the region (process ${region.pid}) did not stop within ${stopSeconds} s`, {
        fix: `look at ${join(home, "logs", "region.log")}`,
      });
    }
    return true;
  }
  if (!existsSync(join(home, "settings.json"))) return false;
  if (await stopLeftProcesses(home))
    throw startFailure(home, join(home, "run", "failure.json"), "what an earlier region left could not be stopped");
  return true;
}

/** Stops tasks, PostgreSQL and load balancer of a home no region serves. @returns the exit code, 0 when all is stopped */
async function stopLeftProcesses(home: string): Promise<number> {
  const child = launch(home, ["--down"]);
  const identity = identityOf(child.pid!);
  if (identity && !(await waitForExit(identity, stopSeconds * 1000)))
    throw new Failure("what an earlier region left could not be stopped in time");
  await new Promise((resolve) => setImmediate(resolve));
  return child.exitCode ?? 0;
}

function launch(home: string, extra: readonly string[]) {
  const log = openSync(join(home, "logs", "region.log"), "a", 0o600);
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_") && !name.startsWith("AIRFLOW")),
  );
  const child = spawn(process.execPath, ["--max-semi-space-size=2", program, "--home", home, ...extra], {
    detached: true,
    stdio: ["ignore", log, log],
    cwd: home,
    env: { ...environment, NODE_COMPILE_CACHE: compiledFolder(home) },
  });
  closeSync(log);
  child.unref();
  return child;
}

/**
 * Where Node keeps our code's compiled form: beside the packages, so that the first start of a home finds what another
 * home's left (compiling is half of a first start). In the home where the packages are another user's or cannot be
 * written: their owner could not remove ours. Node keeps apart what its versions, options and users write.
 */
function compiledFolder(home: string): string {
  try {
    accessSync(packages, constants.W_OK);
    if (statSync(packages).uid === process.getuid?.()) return join(packages, ".cache", "hangar", "compiled");
  } catch {
    // not ours to write to
  }
  return join(home, "run", "compiled");
}

function startFailure(home: string, failureFile: string, what = "the region could not start"): Failure {
  const logFile = join(home, "logs", "region.log");
  const message = readFailure(failureFile)?.message;
  if (message === undefined ? isFull(home) : /ENOSPC|EDQUOT|no space left|disk is full/i.test(message)) {
    return new Failure(what, {
      why: `the disk that holds ${home} is full${message ? ` (${message})` : ""}`,
      fix: `free some space there (df -h ${home}), then try again`,
    });
  }
  if (message === undefined) return new Failure("the region ended while it started", { fix: `look at ${logFile}` });
  return new Failure(what, {
    why: message,
    fix: `correct that and try again (log: ${logFile}; ports are in ${join(home, "settings.json")})`,
  });
}

/** @returns undefined when the region could not write down why it failed */
function readFailure(failureFile: string): { readonly message: string; readonly again?: boolean } | undefined {
  try {
    return JSON.parse(readFileSync(failureFile, "utf8")) as { message: string; again?: boolean };
  } catch {
    return undefined;
  }
}

function isFull(home: string): boolean {
  const { bavail, bsize } = statfsSync(home);
  return bavail * bsize < leastFreeBytes;
}
