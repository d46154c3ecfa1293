// Where a task becomes a process, and the only place: start it, find it, signal it, read how it ended. Everything else
// in the engine knows a task by its folder and its launcher's identity.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { identityOf, isAlive, isFromEarlierBoot, killGroup, type ProcessIdentity } from "../process-identity.ts";
import { killRemains, parentOf } from "./process-remains.ts";

export interface LaunchRequest {
  /** The task's folder: the launcher keeps `main` (pid) and `exit` (code) in it, and the command's output in `log`. */
  readonly folder: string;
  readonly command: readonly string[];
  readonly workingDirectory: string;
  /** The whole environment; nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface Launch {
  readonly launcher: ProcessIdentity;
  /** Lets the command start: call it once the launcher's identity is on disk. */
  readonly begin: () => void;
  /** Gives up before the command started. */
  readonly abandon: () => void;
}

/**
 * Starts the launcher in a session of its own; it waits for `begin()`. Should this process die before, the launcher
 * reads the end of its input and leaves without having run anything: a task is never running unrecorded.
 * @param onExit called when the launcher ended, while this process lives (an adopted launcher must be polled)
 */
export async function launch(request: LaunchRequest, onExit: () => void): Promise<Launch> {
  const log = openSync(join(request.folder, "log"), "a", 0o600);
  let child: ChildProcess;
  try {
    child = spawn("/bin/sh", [LAUNCHER, request.folder, ...request.command], {
      cwd: request.workingDirectory,
      env: { ...request.environment },
      detached: true,
      stdio: ["pipe", log, log],
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
  } finally {
    closeSync(log);
  }
  child.once("exit", onExit);
  child.stdin?.on("error", () => undefined); // the launcher was killed first: its exit tells
  child.unref();
  const launcher = identityOf(child.pid ?? 0);
  if (!launcher) throw new Error("the launcher ended before it could be recorded");
  return {
    launcher,
    begin: () => child.stdin?.end("run\n"),
    abandon: () => child.stdin?.destroy(),
  };
}

/** Whether the task's launcher still runs, and so its command. */
export function isRunning(launcher: ProcessIdentity): boolean {
  return isAlive(launcher);
}

/** Whether the launcher ever got as far as starting the command. */
export function hasBegun(folder: string): boolean {
  return readNumber(join(folder, "main")) !== undefined || exitCode(folder) !== undefined;
}

/** The command's exit code (128 + signal number when a signal ended it), or undefined when nobody wrote it down. */
export function exitCode(folder: string): number | undefined {
  return readNumber(join(folder, "exit"));
}

/** Forgets how the last run began and ended, so that the same folder can hold another. The log stays. */
export function forgetRun(folder: string): void {
  for (const name of ["main", "exit"]) rmSync(join(folder, name), { force: true });
}

/** The pid of the command's main process, or undefined when it has not started or is gone. */
export function mainProcess(folder: string, launcher: ProcessIdentity): number | undefined {
  const main = readNumber(join(folder, "main"));
  // A recycled pid is no child of our launcher.
  return main !== undefined && isAlive(launcher) && parentOf(main) === launcher.pid ? main : undefined;
}

/**
 * Sends SIGTERM to the command's main process only: a drained worker's children must be left to finish.
 * @returns false when the command has not started or is gone; ask again
 */
export function askToStop(folder: string, launcher: ProcessIdentity): boolean {
  const main = mainProcess(folder, launcher);
  if (main === undefined) return false;
  try {
    process.kill(main, "SIGTERM");
    return true;
  } catch {
    return false;
  }
}

/**
 * SIGKILL to everything that belongs to a task: its process group, and whoever left the group but not the task.
 * Also what is called once the main process has ended, since a container's other processes end with it.
 * @param marker a text only this task's processes have in their environment
 * @returns how many were still there at the last look: call again until it is 0
 */
export function killAll(launcher: ProcessIdentity, marker: string): number {
  if (isFromEarlierBoot(launcher)) return 0; // a reboot ended them all, and their numbers are others' now
  // Before the group: a descendant that left it is found through parents that must still be there.
  const left = killRemains(launcher, marker);
  killGroup(launcher, "SIGKILL", { evenWithoutLeader: true });
  return left;
}

const LAUNCHER = fileURLToPath(new URL("./launcher.sh", import.meta.url));

function readNumber(file: string): number | undefined {
  try {
    const text = readFileSync(file, "utf8").trim();
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}
