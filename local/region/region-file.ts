// run/region.json: which process serves this home, and where. Also the lock: one region per home.
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomically } from "../loadbalancer/atomic-file.ts";
import { identityOf, isAlive, type ProcessIdentity } from "../process-identity.ts";

export interface RegionFile extends ProcessIdentity {
  readonly url: string;
  readonly region: string;
  readonly accountId: string;
  readonly webPort: number;
  /** Present while the region is in unkind mode. */
  readonly unkindSeed?: number;
}

export class RegionRuns extends Error {
  override readonly name = "RegionRuns";
}

/**
 * Takes the lock of a home for this process. A lock whose process is gone is taken over.
 * @throws RegionRuns when another living process has it
 */
export function lockHome(runFolder: string): () => void {
  const lock = join(runFolder, "lock");
  const own = identityOf(process.pid);
  if (!own) throw new Error("This process cannot be identified.");
  const mine = join(runFolder, `lock.${process.pid}`);
  writeFileSync(mine, JSON.stringify(own), { mode: 0o600 });
  try {
    for (let tries = 0; tries < 5; tries++) {
      try {
        linkSync(mine, lock); // atomic: exactly one of several comes first
        return () => rmSync(lock, { force: true });
      } catch {
        const holder = read<ProcessIdentity>(lock);
        if (holder && isAlive(holder)) throw new RegionRuns(`A region already runs here as process ${holder.pid}.`);
        rmSync(lock, { force: true });
      }
    }
  } finally {
    rmSync(mine, { force: true });
  }
  throw new RegionRuns("Another region is starting in this home.");
}

export function writeRegionFile(file: string, region: Omit<RegionFile, "pid" | "startTime">): void {
  writeFileAtomically(file, `${JSON.stringify({ ...identityOf(process.pid), ...region })}\n`);
}

function read<Value>(file: string): Value | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Value;
  } catch {
    return undefined;
  }
}
