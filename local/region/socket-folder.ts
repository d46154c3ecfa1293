// Unix sockets have short names (108 bytes, the kernel's limit); a deep $HANGAR_HOME would not fit.
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const longestFolder = 80;

/** The run folder itself, or a private one under the system's temporary folder when the path is too long. */
export function socketFolder(runFolder: string): string {
  if (Buffer.byteLength(runFolder) <= longestFolder) return runFolder;
  const name = createHash("sha256").update(runFolder).digest("hex").slice(0, 16);
  const folder = join(tmpdir(), `hangar-${process.getuid?.() ?? 0}-${name}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
