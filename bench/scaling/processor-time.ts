// Processor time of processes that come and go, from /proc: what a parent waited for counts with the parent. Linux only.
import { readFileSync } from "node:fs";
import { pause } from "../waiting.ts";

/** USER_HZ: what /proc counts in is 100 a second on every Linux there is. */
const ticksPerSecond = 100;

/**
 * Watches for so long.
 * @param pids those that belong to it now; asked at the beginning and at the end
 * @returns per cent of one core
 */
export async function processorPercent(pids: () => readonly number[], seconds: number): Promise<number> {
  const before = total(pids());
  const began = performance.now();
  await pause(seconds * 1000);
  const elapsed = (performance.now() - began) / 1000;
  // who came meanwhile began with nothing; what who went has used stands in its parent's account
  const ticks = total(pids()) - before;
  return (ticks / ticksPerSecond / elapsed) * 100;
}

const total = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + ticksOf(pid), 0);

/** User and system time of the process and of its children that have ended and were waited for. */
function ticksOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0);
  } catch {
    return 0; // it has ended
  }
}
