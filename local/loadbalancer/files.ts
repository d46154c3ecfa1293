// The files by which the load balancer's process and the region find each other, all in one private folder.
import { readFileSync } from "node:fs";
import { isAlive, type ProcessIdentity } from "../process-identity.ts";

/** What the process is told; replaced whole by the region. */
export const configurationFile = "configuration.json";
/** What the process says; replaced whole by the process. */
export const statusFile = "status.json";
/** Who the process is: `{pid, startTime}`. */
export const identityFile = "process.json";
export const logFile = "load-balancer.log";

/** The process written down in an identity file, if it lives. */
export function readLivingIdentity(path: string): ProcessIdentity | undefined {
  try {
    const { pid, startTime } = JSON.parse(readFileSync(path, "utf8")) as ProcessIdentity;
    return isAlive({ pid, startTime }) ? { pid, startTime } : undefined;
  } catch {
    return undefined;
  }
}
