// The load balancer's code, compiled once: a process that finds it needs no TypeScript compiler, which would otherwise
// stay in its memory for good (33 MB of 96) and cost it a quarter of a second at every start.
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** Argument that makes the program load everything, keep its compiled form, and end. */
export const compileOnly = "--compile-only";

const prefix = "compiled-";
const compileTimeoutMilliseconds = 30_000;

/**
 * The folder for NODE_COMPILE_CACHE, filled for this version of Node and of the code; those of other versions are
 * removed. When filling fails the folder is returned all the same: the process then compiles for itself.
 */
export async function settleCompiledCode(folder: string, program: string): Promise<string> {
  const name = `${prefix}${versionOf(program)}`;
  const settled = join(folder, name);
  for (const other of readdirSync(folder)) {
    if (other.startsWith(prefix) && other !== name) rmSync(join(folder, other), { recursive: true, force: true });
  }
  if (existsSync(settled)) return settled;
  const making = join(folder, `${prefix}making-${randomBytes(4).toString("hex")}`);
  try {
    await promisify(execFile)(process.execPath, [program, compileOnly], {
      env: { PATH: "/usr/bin:/bin", NODE_COMPILE_CACHE: making },
      timeout: compileTimeoutMilliseconds,
    });
    renameSync(making, settled);
  } catch {
    rmSync(making, { recursive: true, force: true });
  }
  return settled;
}

function versionOf(program: string): string {
  const hash = createHash("sha256").update(process.version);
  for (const folder of [dirname(program), dirname(dirname(program))]) {
    for (const file of readdirSync(folder)
      .filter((name) => name.endsWith(".ts"))
      .sort()) {
      const { size, mtimeMs } = statSync(join(folder, file));
      hash.update(`${join(folder, file)} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest("hex").slice(0, 16);
}
