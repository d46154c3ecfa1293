// One PostgreSQL server process: found again by its lock file, launched in a session of its own so that it outlives us,
// shut down. Everything is bounded.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { identityOf, killProcess, type ProcessIdentity, waitForExit } from "../process-identity.ts";
import { lastWords, withOutputFile } from "../process-output.ts";
import type { PostgresRuntime } from "./runtime.ts";
import type { ServerUser } from "./server-user.ts";

/** A running server: who it is and the port it listens on; `child` when we launched it ourselves. */
export interface Postmaster {
  readonly identity: ProcessIdentity;
  readonly port: number;
  readonly child?: ChildProcess;
}

const readyTimeoutMilliseconds = 120_000; // crash recovery replays at most max_wal_size, on a slow disk
const fastStopMilliseconds = 20_000;
const immediateStopMilliseconds = 5_000;
const orphanPatienceMilliseconds = 5_000;

/**
 * The server of this data folder, if one lives. The lock file alone proves nothing (its pid may be anyone's by now):
 * the process must also have been started for this very folder.
 */
export function findPostmaster(data: string): (Postmaster & { readonly status: string }) | undefined {
  const lines = readLockFile(data);
  const identity = identityOf(Number(lines[0]));
  if (!identity || !commandLine(identity.pid).includes(data)) return undefined;
  return { identity, port: Number(lines[3]), status: lines[7]?.trim() ?? "starting" };
}

/**
 * The running server of this folder once it takes connections, or undefined when there is none. One that was told to
 * stop (by a killed `hangar down`) is waited for until it is gone.
 */
export async function adoptPostmaster(data: string): Promise<Postmaster | undefined> {
  const deadline = performance.now() + readyTimeoutMilliseconds;
  for (let found = findPostmaster(data); found; found = findPostmaster(data)) {
    if (found.status === "ready") return found;
    if (performance.now() > deadline) {
      throw new Error(
        `PostgreSQL (process ${found.identity.pid}) has been "${found.status}" for ${readyTimeoutMilliseconds / 1000} s. ` +
          `Look at ${join(data, "log")}; ending that process and trying again is safe.`,
      );
    }
    await sleep(20);
  }
  return undefined;
}

/**
 * Launches the server and waits until it takes connections. Our own death in between leaves a server that the next
 * start finds and adopts.
 * @throws Error with the server's own words when it ends before it is ready
 */
export async function launchPostmaster(
  folder: string,
  data: string,
  runtime: PostgresRuntime,
  user: ServerUser | undefined,
): Promise<Postmaster> {
  await clearOrphans(data);
  removeStaleLock(data);
  const startLog = join(folder, "start.log");
  const child = withOutputFile(startLog, "nothing", (output) =>
    spawn(join(runtime.bin, "postgres"), ["-D", data], {
      cwd: "/",
      detached: true,
      stdio: ["ignore", output, output],
      env: { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" },
      ...user,
    }),
  );
  child.unref();
  let failure: Error | undefined;
  child.on("error", (error) => {
    failure = error;
  });
  const ended = () => failure !== undefined || child.exitCode !== null || child.signalCode !== null;
  const deadline = performance.now() + readyTimeoutMilliseconds;
  while (!ended() && performance.now() < deadline) {
    const found = findPostmaster(data);
    if (found?.status === "ready" && found.identity.pid === child.pid) return { ...found, child };
    await sleep(10);
  }
  const said = `${lastWords(startLog)}\n${latestLogTail(data)}`.trim();
  const reason =
    failure?.message ?? (ended() ? `it ended with code ${child.exitCode ?? child.signalCode}` : "no answer");
  throw new Error(`PostgreSQL did not start (${reason}). Its own words (${startLog}, ${join(data, "log")}): ${said}`);
}

/**
 * Ends the server: fast (rolls back what is open, writes a checkpoint), and when that does not end in 20 s, immediately,
 * and then by force; every commit is safe in each case. Returns when no process of the folder is left.
 */
export async function shutDownPostmaster(data: string): Promise<void> {
  const found = findPostmaster(data);
  if (found) {
    killProcess(found.identity, "SIGINT");
    if (!(await waitForExit(found.identity, fastStopMilliseconds))) {
      killProcess(found.identity, "SIGQUIT");
      if (!(await waitForExit(found.identity, immediateStopMilliseconds))) {
        killProcess(found.identity, "SIGKILL");
        await waitForExit(found.identity, immediateStopMilliseconds);
      }
    }
  }
  await clearOrphans(data);
}

/**
 * After a kill -9 of the postmaster its children notice and leave by themselves, except one in the middle of a long
 * query. A new server refuses to start while one is attached to the old shared memory, so the stragglers are ended.
 */
async function clearOrphans(data: string): Promise<void> {
  const deadline = performance.now() + orphanPatienceMilliseconds;
  for (let left = processesIn(data); left.length > 0; left = processesIn(data)) {
    if (findPostmaster(data)) return;
    const signal: NodeJS.Signals = performance.now() < deadline ? "SIGQUIT" : "SIGKILL";
    for (const identity of left) killProcess(identity, signal);
    if (performance.now() > deadline + immediateStopMilliseconds) {
      throw new Error(
        `PostgreSQL cannot start again: processes ${left.map((one) => one.pid).join(", ")} of its predecessor do not ` +
          `end, even when killed. They probably wait for a disk that does not answer; check it, then try again.`,
      );
    }
    await sleep(20);
  }
}

/** Processes whose working folder is the data folder: a server's children keep it and change everything else. */
function processesIn(data: string): ProcessIdentity[] {
  if (process.platform !== "linux") return []; // elsewhere the server's own check of its shared memory has to do
  const folder = realpathSync(data);
  return readdirSync("/proc").flatMap((name) => {
    try {
      const ours = /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`) === folder;
      const program = ours ? readlinkSync(`/proc/${name}/exe`) : "";
      const identity = /\/postgres( \(deleted\))?$/.test(program) ? identityOf(Number(name)) : undefined;
      return identity ? [identity] : [];
    } catch {
      return []; // gone meanwhile, or somebody else's
    }
  });
}

/**
 * PostgreSQL takes any process with the pid of its lock file for itself: one that took the pid over after a reboot, or
 * its own zombie that nobody has reaped yet. We know better; its check of the shared memory stays in force.
 */
function removeStaleLock(data: string): void {
  if (!findPostmaster(data)) rmSync(join(data, "postmaster.pid"), { force: true });
}

function readLockFile(data: string): string[] {
  try {
    return readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");
  } catch {
    return [];
  }
}

function commandLine(pid: number): string[] {
  try {
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return execFileSync("ps", ["-ww", "-o", "args=", "-p", String(pid)], { encoding: "utf8" })
      .trim()
      .split(" ");
  } catch {
    return [];
  }
}

function latestLogTail(data: string): string {
  try {
    const folder = join(data, "log");
    const logs = readdirSync(folder).map((name) => join(folder, name));
    const newest = logs.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
    return newest === undefined ? "" : lastWords(newest);
  } catch {
    return "";
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
