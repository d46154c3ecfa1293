// How much memory new tasks may still take on this machine.
import { readFileSync } from "node:fs";
import { freemem } from "node:os";

/** MiB available to new processes: MemAvailable on Linux (free plus reclaimable), else what the system calls free. */
export function availableMemory(): number {
  try {
    const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "latin1"))?.[1];
    if (kibibytes !== undefined) return Math.floor(Number(kibibytes) / 1024);
  } catch {
    // no /proc on this system
  }
  return Math.floor(freemem() / 1_048_576);
}
