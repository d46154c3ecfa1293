// Bounds a log file that another process appends to: copied aside and cut to nothing when it has grown too large. Works
// because the writer opened it for appending; lines written during the copy may be lost.
import { copyFileSync, statSync, truncateSync } from "node:fs";

/** Looks now and once a minute. The older part is in `<file>.1`. @param bytes when to cut */
export function boundLog(file: string, bytes = 20 * 1024 * 1024): { check(): void; close(): void } {
  const check = () => {
    try {
      if (statSync(file).size <= bytes) return;
      copyFileSync(file, `${file}.1`);
      truncateSync(file);
    } catch {
      // not there yet, or the disk is full: the log is not worth the region's life
    }
  };
  check();
  const timer = setInterval(check, 60_000).unref();
  return { check, close: () => clearInterval(timer) };
}
