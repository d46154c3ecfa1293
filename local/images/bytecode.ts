// Compiles an image's Python files in the background, once, with the lowest priority: it saves seconds at first starts
// and must not cost any now.
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildEnvironment, runCommand } from "./run-command.ts";

/**
 * Compiles everything under an image. Ends early when `signal` aborts; it then goes on at the next call, since files
 * already compiled are skipped.
 * @param root the image's virtual environment
 * @returns true when the image is compiled
 */
export async function compileBytecode(root: string, signal: AbortSignal): Promise<boolean> {
  const marker = join(dirname(root), "bytecode.json");
  if (existsSync(marker)) return true;
  const args = ["-n", "19", join(root, "bin", "python"), "-m", "compileall", "-q", "-q", join(root, "lib")];
  const result = await runCommand("nice", args, { environment: buildEnvironment(), timeoutSeconds: 900, signal });
  // 1 means that some file is no valid Python (templates, tests for errors): as compiled as it can be.
  if (signal.aborted || (result.code !== 0 && result.code !== 1)) return false;
  writeFileSync(marker, JSON.stringify({ compiled: true }));
  return true;
}
