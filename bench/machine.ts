// The facts of the machine a run was made on: without them no figure can be read.
import { cpus, loadavg, totalmem } from "node:os";

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGigabytes: number;
  readonly platform: string;
  readonly node: string;
  /** One, five and fifteen minutes, before the run's own work. */
  readonly loadBefore: readonly number[];
  /** Whether others were at work on it: then the figures say little. */
  readonly quiet: boolean;
}

/** @returns the machine as it is now; call it before anything is started */
export function machineFacts(): Machine {
  const processors = cpus();
  const load = loadavg().map((value) => Math.round(value * 100) / 100);
  return {
    cores: processors.length,
    processor: processors[0]?.model.trim() || "unknown processor",
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    loadBefore: load,
    quiet: (load[0] ?? 0) < 0.25 * processors.length,
  };
}

export const machineText = (machine: Machine): string =>
  `${machine.cores} cores (${machine.processor}), ${machine.memoryGigabytes} GB, ${machine.platform}, Node ${machine.node}, ` +
  `load before ${machine.loadBefore.join(" ")}${machine.quiet ? "" : ": NOT QUIET, the figures say little"}`;
