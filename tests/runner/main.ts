// Runs the suites and ends with one plain line over all of them: `N passed, N failed`. `check` runs the fast ones, `all`
// everything. Exit code 1 when anything failed.
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { count } from "./count.ts";
import { memoryFolder } from "./memory-folder.ts";
import { runLanes } from "./run-lanes.ts";
import { checks, kept, stories } from "./suites.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const inMemory = memoryFolder();
if (inMemory) {
  process.on("exit", () => rmSync(inMemory, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
}
// compiled code of the last run: three workers compile a thousand files each, and programs that tests start some again
const compiled = { NODE_COMPILE_CACHE: `${root}${kept}/compiled` };
const quick = { lanes: checks, variables: inMemory ? { ...compiled, TMPDIR: inMemory } : compiled };
const queue = stories(root).values();
const slow = { lanes: [queue, queue], variables: {} };
const parts = process.argv[2] === "all" ? [quick, slow] : [quick];
const show = (text: string) => process.stdout.write(text);

let passed = 0;
let failed = 0;
const lines: string[] = [];
for (const { lanes, variables } of parts) {
  for (const { suite, code, output, seconds } of await runLanes(lanes, root, show, variables)) {
    const counted = count(suite.counts, output, code);
    passed += counted.passed;
    failed += counted.failed;
    lines.push(
      `  ${counted.failed ? "FAILED" : "ok    "} ${suite.name.padEnd(22)} ${String(counted.passed).padStart(5)} passed ${String(counted.failed).padStart(4)} failed  ${seconds.toFixed(1).padStart(7)} s`,
    );
  }
}
process.stdout.write(`\n${lines.join("\n")}\n\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed ? 1 : 0;
