// Where a detached process writes what it has to say, and the end of it for whoever must explain why it did not start.
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from "node:fs";

const largestBytes = 5_000_000;
const tailCharacters = 2_000;

/**
 * Opens a process's log for the time it takes to start the process, which keeps a descriptor of its own.
 * @param keep `earlier`: what earlier processes wrote stays, at most 5 MB of it and as much again in `<path>.1`;
 *   `nothing`: only this process's words
 * @param start is given the descriptor, for `stdio`
 */
export function withOutputFile<Result>(
  path: string,
  keep: "earlier" | "nothing",
  start: (descriptor: number) => Result,
): Result {
  if (keep === "earlier" && existsSync(path) && statSync(path).size > largestBytes) renameSync(path, `${path}.1`);
  const descriptor = openSync(path, keep === "earlier" ? "a" : "w", 0o600);
  try {
    return start(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The last words of a log, 2,000 characters at most; empty when there is none. */
export function lastWords(path: string): string {
  try {
    return readFileSync(path, "utf8").slice(-tailCharacters);
  } catch {
    return "";
  }
}
