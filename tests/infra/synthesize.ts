// Runs a synth in a process of its own: Pulumi keeps its state in globals, and one process can hold one program.
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { Graph } from "./synth/graph.ts";

const run = promisify(execFile);
const project = path.resolve(import.meta.dirname, "..", "..");

/** Some ten seconds of work; a machine with much else to do may need a few minutes for it. */
export const synthMilliseconds = 240_000;

/** Unpacks SST's platform if it is not there; the first time this asks npm's registry. */
export async function prepare(): Promise<void> {
  await run(process.execPath, ["stacks/prepare.mjs"], { cwd: project, timeout: 170_000 });
}

/**
 * The resource graph of one stage, with its errors.
 * @param root another project than this one
 */
export async function synthesize(stage: string, root = project): Promise<Graph> {
  const command = ["tests/infra/synth/main.ts", "--stage", stage, "--root", root];
  const options = { cwd: project, maxBuffer: 64 * 1024 * 1024, timeout: synthMilliseconds };
  try {
    return JSON.parse((await run(process.execPath, command, options)).stdout) as Graph;
  } catch (error) {
    // A graph with errors exits 1 and is printed all the same; anything else is a fault of the synth.
    const { stdout = "", stderr = "", killed } = error as { stdout?: string; stderr?: string; killed?: boolean };
    if (killed) throw new Error(`The synth took longer than ${synthMilliseconds / 1000} s: is the machine busy?`);
    if (!stdout) throw new Error(`The synth printed no graph: ${stderr || String(error)}`);
    return JSON.parse(stdout) as Graph;
  }
}
