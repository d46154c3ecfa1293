// Finds the processes of a task that left its process group. A container would end them with its main process; here a
// `setsid` (Airflow's BashOperator does one per command) would let them live on.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { isAlive, type ProcessIdentity } from "../process-identity.ts";

/** The process that started this one, or undefined when it is gone. */
export function parentOf(pid: number): number | undefined {
  return process.platform === "linux" ? statOf(pid)?.parent : processTable().get(pid)?.parent;
}

/**
 * SIGKILL to every process of the task: descendants of the launcher, members of its group or session, and (on Linux)
 * processes that carry the task's marker in their environment, which finds orphans too. Looks again until it finds
 * no new one, five times at most, because a process may fork while it is being killed.
 * @returns how many of them were still there at the last look: a killed process takes a moment to be gone
 */
export function killRemains(launcher: ProcessIdentity, marker: string): number {
  const signalled = new Set<number>();
  for (let pass = 0; pass < 5; pass += 1) {
    const left = remainsOf(launcher, marker);
    const found = left.filter((pid) => !signalled.has(pid));
    if (found.length === 0) return left.length;
    for (const pid of found) {
      signalled.add(pid);
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // ended by itself meanwhile
      }
    }
  }
  return signalled.size;
}

interface Entry {
  readonly parent: number;
  readonly group: number;
  /** 0 where the system does not tell. */
  readonly session: number;
  readonly dead: boolean;
}

/** Exported for its test: the pids that `killRemains` would kill. */
export function remainsOf(launcher: ProcessIdentity, marker: string): number[] {
  const table = processTable();
  const leader = table.get(launcher.pid);
  // When another process has the launcher's pid now, group, session and children of that number are not ours.
  const numberIsOurs = leader === undefined || leader.dead || isAlive(launcher);
  const ours = new Set<number>();
  for (const [pid, entry] of table) {
    const byNumber =
      numberIsOurs && (pid === launcher.pid || entry.group === launcher.pid || entry.session === launcher.pid);
    if (byNumber || carries(pid, marker)) ours.add(pid);
  }
  for (let grew = true; grew; ) {
    grew = false;
    for (const [pid, entry] of table) {
      if (!ours.has(pid) && ours.has(entry.parent)) {
        ours.add(pid);
        grew = true;
      }
    }
  }
  ours.delete(process.pid);
  return [...ours].filter((pid) => table.get(pid)?.dead === false);
}

function carries(pid: number, marker: string): boolean {
  if (process.platform !== "linux" || pid === process.pid) return false;
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").includes(marker);
  } catch {
    return false; // gone, or another user's
  }
}

function processTable(): Map<number, Entry> {
  return process.platform === "linux" ? tableFromProc() : tableFromPs();
}

function tableFromProc(): Map<number, Entry> {
  const table = new Map<number, Entry>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    const entry = Number.isInteger(pid) ? statOf(pid) : undefined;
    if (entry) table.set(pid, entry);
  }
  return table;
}

function statOf(pid: number): Entry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state, parent, group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const dead = state === "Z" || state === "X";
    return { parent: Number(parent), group: Number(group), session: Number(session), dead };
  } catch {
    return undefined;
  }
}

function tableFromPs(): Map<number, Entry> {
  const table = new Map<number, Entry>();
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,pgid=,stat="], { encoding: "utf8" }).split("\n");
  for (const line of lines) {
    const [pid, parent, group, state] = line.trim().split(/\s+/);
    if (pid && parent && group && state) {
      const dead = state.startsWith("Z");
      table.set(Number(pid), { parent: Number(parent), group: Number(group), session: 0, dead });
    }
  }
  return table;
}
