// A disk of its own for PostgreSQL's files, small enough to be filled. Only root may mount one.
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";

export interface SmallDisk {
  /** Takes all of it but some. */
  fill(megabytesLeft: number): void;
  makeRoom(): void;
  unmount(): void;
}

/** PostgreSQL's log of changes alone takes some hundred; each database of Airflow some ten. */
const megabytes = 2000;

/** @returns undefined for a user who may not mount */
export function mountSmallDisk(folder: string): SmallDisk | undefined {
  if (process.getuid?.() !== 0 || process.platform !== "linux") return undefined;
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  // PostgreSQL runs as another user, who must be able to pass through
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0711`, "tmpfs", folder]);
  const filler = join(folder, "filler");
  // lazily, as whoever uses it may still end; a second time is for nothing
  const unmount = () => void spawnSync("umount", ["--lazy", folder], { stdio: "ignore" });
  process.once("exit", unmount);
  return {
    fill(megabytesLeft) {
      const file = openSync(filler, "a", 0o600);
      const block = Buffer.alloc(64 * 1024);
      try {
        for (let left = freeBytes(folder); left > megabytesLeft * 1024 * 1024; left = freeBytes(folder))
          writeSync(file, block);
      } finally {
        closeSync(file);
      }
    },
    makeRoom: () => rmSync(filler, { force: true }),
    unmount,
  };
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
