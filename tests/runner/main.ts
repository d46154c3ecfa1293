// Runs the suites and ends with one plain line over all of them: `N passed, N failed`. `check` runs the fast ones, `all`
// everything. Exit code 1 when anything failed.
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { count } from "./count.ts";
import { memoryFolder } from "./memory-folder.ts";
import { runFolder } from "./run-folder.ts";
import { runLanes } from "./run-lanes.ts";
import { checks, kept, slowLanes } from "./suites.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const everything = process.argv[2] === "all";
const inMemory = memoryFolder();
// built once for all stories but those of a cold start, and compiled by Python as they use them
const images = everything ? runFolder(tmpdir(), "hangar-check-images-") : undefined;
for (const folder of [inMemory, images])
  if (folder) process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
// compiled code of the last run: three workers compile a thousand files each, and programs that tests start some again
const compiled = { NODE_COMPILE_CACHE: `${root}${kept}/compiled` };
const quick = { lanes: checks, variables: inMemory ? { ...compiled, TMPDIR: inMemory } : compiled };
const slow = { lanes: slowLanes(root), variables: images ? { HANGAR_STORY_IMAGES: images } : {} };
const parts = everything ? [quick, slow] : [quick];
const show = (text: string) => process.stdout.write(text);

let passed = 0;
let failed = 0;
const lines: string[] = [];
for (const { lanes, variables } of parts) {
  for (const { suite, code, output, seconds } of await runLanes(lanes, root, show, variables)) {
    const counted = count(suite.counts, output, code, suite.needsRoot && process.getuid?.() !== 0);
    passed += counted.passed;
    failed += counted.failed;
    const verdict = counted.failed ? "FAILED" : counted.passed ? "ok    " : "-     ";
    const left = counted.skipped ? `  ${counted.skipped} skipped` : "";
    const why = counted.passed || counted.failed ? "" : ": only root can do what it needs";
    lines.push(
      `  ${verdict} ${suite.name.padEnd(22)} ${String(counted.passed).padStart(5)} passed ${String(counted.failed).padStart(4)} failed  ${seconds.toFixed(1).padStart(7)} s${left}${why}`,
    );
  }
}
process.stdout.write(`\n${lines.join("\n")}\n\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed ? 1 : 0;
