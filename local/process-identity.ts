// Who a process is: its pid and the moment it started, so that a recycled pid is never taken for ours (or killed).
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A process as it is written to disk. `startTime` is opaque text: compare it only with `startTime()` of this machine. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/**
 * The moment a process started, or undefined when no such process lives (a zombie does not live: nobody is home).
 * Linux: boot id and clock ticks since boot, from /proc, so that a reboot cannot repeat it. Elsewhere: `ps -o lstart=`.
 */
export function startTime(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return process.platform === "linux" ? startTimeFromProc(pid) : startTimeFromPs(pid);
}

/** The identity of a living process, or undefined when it is already gone. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const started = startTime(pid);
  return started === undefined ? undefined : { pid, startTime: started };
}

/** True when exactly this process still runs: same pid, same start, no zombie. */
export function isAlive(identity: ProcessIdentity): boolean {
  return startTime(identity.pid) === identity.startTime;
}

/**
 * True when the machine was started again since: the process and all it started are gone, and none of their numbers
 * (pid, group, session) means anything any more. False where the system does not tell one boot from another.
 */
export function isFromEarlierBoot(identity: ProcessIdentity): boolean {
  if (process.platform !== "linux") return false;
  bootId ??= readBootId();
  const [boot, ticks] = identity.startTime.split(":");
  return ticks !== undefined && boot !== UNKNOWN_BOOT && bootId !== UNKNOWN_BOOT && boot !== bootId;
}

/**
 * Signals the whole process group led by `identity` (a detached child leads its own). Nothing is signalled when the
 * leader is not the process it was, unless `evenWithoutLeader` is set and no process has the leader's pid: the kernel
 * gives no new process a pid that is still in use as a group id, so what answers is then what the leader left behind.
 * @returns true when the signal reached a group, false when there was nothing of ours to signal
 */
export function killGroup(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  options: { readonly evenWithoutLeader?: boolean } = {},
): boolean {
  if (isFromEarlierBoot(identity)) return false;
  const now = startTime(identity.pid);
  const leaderIsOurs = now === identity.startTime;
  if (!leaderIsOurs && !(options.evenWithoutLeader && now === undefined)) return false;
  return send(-identity.pid, signal) || (leaderIsOurs && send(identity.pid, signal));
}

/** Signals this one process. @returns false when it is not the process it was, or is gone */
export function killProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isAlive(identity) && send(identity.pid, signal);
}

/**
 * Waits until the process is gone, looking every 20 ms.
 * @returns true when it is gone, false when `milliseconds` passed first
 */
export async function waitForExit(identity: ProcessIdentity, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (isAlive(identity)) {
    if (performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

let bootId: string | undefined;
/** In place of the boot id where a sandbox hides it: ticks alone still tell processes of one boot apart. */
const UNKNOWN_BOOT = "boot";

function startTimeFromProc(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The second field is the command in brackets and may itself hold blanks and brackets: count from the last bracket.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  const ticks = fields[19];
  if (state === undefined || ticks === undefined || state === "Z" || state === "X") return undefined;
  bootId ??= readBootId();
  return `${bootId}:${ticks}`;
}

function readBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return UNKNOWN_BOOT;
  }
}

function startTimeFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      encoding: "utf8",
      env: { PATH: "/bin:/usr/bin", LC_ALL: "C", TZ: "UTC" },
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    const [, state, started] = /^(\S+)\s+(.+)$/.exec(line) ?? [];
    return started === undefined || state?.startsWith("Z") ? undefined : started;
  } catch {
    return undefined;
  }
}

function send(target: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch {
    return false;
  }
}
