// Where the one-machine region keeps its state, and what it says of itself there.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** `$HANGAR_HOME`, else the per-user data folder; `/var/lib/hangar` for root (design, section 10). */
export function hangarHome(): string {
  const named = process.env["HANGAR_HOME"];
  if (named) return resolve(named);
  if (process.getuid?.() === 0) return "/var/lib/hangar";
  return join(process.env["XDG_DATA_HOME"] || join(homedir(), ".local", "share"), "hangar");
}

/** Written by the region once it serves (local/region-file.ts). */
export interface RegionFile {
  readonly pid: number;
  readonly startTime: string;
  readonly url: string;
  readonly region: string;
  readonly accountId: string;
  readonly webPort: number;
  /** Present while the region is in unkind mode. */
  readonly unkindSeed?: number;
}

export interface OperatorKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export const readRegionFile = (home: string): RegionFile | undefined =>
  readJson<RegionFile>(join(home, "run", "region.json"));

/** The user's own key of this region, made at its first start. */
export const readOperatorKey = (home: string): OperatorKey | undefined =>
  readJson<{ operator?: OperatorKey }>(join(home, "credentials.json"))?.operator;

function readJson<Value>(file: string): Value | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Value;
  } catch {
    return undefined;
  }
}
