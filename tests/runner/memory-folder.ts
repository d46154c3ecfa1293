// A folder in memory for the temporary files of quick tests. They write small databases by the hundred and wait for the disk
// after each: a kill -9 loses nothing in memory either, and nobody tests a power cut. Suites that measure disks get none.
import { spawnSync } from "node:child_process";
import { chmodSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runFolder } from "./run-folder.ts";

const prefix = "hangar-check-";
/** Linux's number for tmpfs, statfs(2). */
const tmpfs = 0x0102_1994;
/** The quick suites take 0.2 GB at most at a time. */
const leastFreeBytes = 2 * 1024 ** 3;

/**
 * Makes such a folder. What a killed run left is removed first.
 * @param parent where memory is mounted
 * @returns undefined where `parent` is no memory, has too little of it, or runs no programs (containers mount it so)
 */
export function memoryFolder(parent = "/dev/shm"): string | undefined {
  let folder: string | undefined;
  try {
    const { type, bavail, bsize } = statfsSync(parent);
    if (type !== tmpfs || bavail * bsize < leastFreeBytes) return undefined;
    folder = runFolder(parent, prefix);
    chmodSync(folder, 0o1777); // as /tmp is: PostgreSQL runs as another user
    const program = join(folder, "runs");
    writeFileSync(program, "#!/bin/sh\nexit 0\n", { mode: 0o700 });
    if (spawnSync(program).status === 0) return folder;
  } catch {
    // not there, or not for us
  }
  if (folder) rmSync(folder, { recursive: true, force: true });
  return undefined;
}
