// Folders of one run of the checks. Their names hold its pid, so that the next run removes what a killed one left.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Makes such a folder, readable by its owner. What killed runs left beside it is removed first.
 * @param prefix of its name; the pid follows
 */
export function runFolder(parent: string, prefix: string): string {
  removeLeft(parent, prefix);
  return mkdtempSync(join(parent, `${prefix}${process.pid}-`));
}

function removeLeft(parent: string, prefix: string): void {
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(prefix) ? Number(/^(\d+)-/.exec(name.slice(prefix.length))?.[1]) : 0;
    if (!pid || isAlive(pid)) continue;
    try {
      rmSync(join(parent, name), { recursive: true, force: true });
    } catch {
      // another user's, which is in nobody's way
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
