// Processes as /proc shows them: who is whose child, and how much memory each really takes. Linux only, as the figures are.
import { readdirSync, readFileSync } from "node:fs";
import { identityOf, isAlive, killProcess, type ProcessIdentity } from "../local/process-identity.ts";
import { pause } from "./waiting.ts";

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Arguments joined by blanks; Airflow's web server and worker write a title of their own there. */
  readonly command: string;
}

/** Every process of this machine that can be seen. */
export function allProcesses(): readonly ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!pid) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      entries.push({ pid, parent, command });
    } catch {
      // it ended while we looked
    }
  }
  return entries;
}

/** The processes `roots` names and all below them. */
export function withDescendants(roots: readonly number[], entries = allProcesses()): readonly ProcessEntry[] {
  const found = new Set(roots);
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const entry of entries) if (found.has(entry.parent)) found.add(entry.pid);
  }
  return entries.filter((entry) => found.has(entry.pid));
}

/**
 * Proportional set size in MB (10^6 bytes): shared pages are counted once, divided among those who share them.
 * A process that has gone meanwhile counts nothing.
 */
export function proportionalMegabytes(pids: readonly number[]): number {
  let kibibytes = 0;
  for (const pid of pids) {
    try {
      kibibytes += Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
    } catch {
      // it ended while we looked
    }
  }
  return (kibibytes * 1024) / 1e6;
}

/**
 * Processes that have every one of these texts in their command line or in the variables they were started with; this one
 * is not among them, nor are those that have ended and those of other users, whose variables cannot be seen. Their parents
 * are not told: a process that outlives its parent is still the same.
 */
export function processesNaming(...texts: readonly string[]): readonly Omit<ProcessEntry, "parent">[] {
  const has = ({ pid, command }: ProcessEntry): boolean => {
    if (pid === process.pid || command === "") return false; // a zombie has neither
    try {
      const said = `${command}\n${environText(pid)}`;
      return texts.every((text) => said.includes(text));
    } catch {
      return false; // it ended while we looked, or belongs to another user
    }
  };
  return allProcesses()
    .filter(has)
    .map(({ pid, command }) => ({ pid, command }));
}

const environText = (pid: number): string => readFileSync(`/proc/${pid}/environ`, "utf8");

/** The variables a process was started with; empty where it wrote over them. */
export function environmentOf(pid: number): Record<string, string> {
  const pairs = environText(pid)
    .split("\0")
    .filter((pair) => /^[A-Za-z_]\w*=/.test(pair));
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
}

/**
 * Ends processes this run started, and everything below them: asked first, then killed. Pids are held with their start
 * times, so that a recycled one is never signalled.
 */
export async function endProcesses(
  roots: readonly number[],
  signal: NodeJS.Signals,
  graceSeconds: number,
): Promise<void> {
  const owned = new Map<number, ProcessIdentity>();
  const look = () => {
    for (const { pid } of withDescendants([...roots, ...owned.keys()])) {
      const identity = identityOf(pid);
      if (identity && !owned.has(pid)) owned.set(pid, identity);
    }
  };
  const living = () => [...owned.values()].filter(isAlive);
  look();
  for (const pid of roots) {
    const identity = owned.get(pid);
    if (identity) killProcess(identity, signal);
  }
  for (
    const deadline = performance.now() + graceSeconds * 1000;
    living().length > 0 && performance.now() < deadline;
  ) {
    look();
    await pause(50);
  }
  for (const identity of living()) killProcess(identity, "SIGKILL");
}
