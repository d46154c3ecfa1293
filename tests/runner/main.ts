// Runs the suites one after the other and ends with one plain line over all of them: `N passed, N failed`.
// `check` runs the fast ones, `all` everything. Exit code 1 when anything failed.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { checks, type Suite, stories } from "./suites.ts";
import { count } from "./count.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const wanted = process.argv[2] === "all" ? [...checks, ...stories] : checks;

let passed = 0;
let failed = 0;
const lines: string[] = [];
for (const suite of wanted) {
  const began = performance.now();
  const { code, output } = await run(suite);
  const counted = count(suite.counts, output, code);
  passed += counted.passed;
  failed += counted.failed;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  lines.push(
    `  ${counted.failed ? "FAILED" : "ok    "} ${suite.name.padEnd(22)} ${String(counted.passed).padStart(5)} passed ${String(counted.failed).padStart(4)} failed  ${seconds.padStart(7)} s`,
  );
}
process.stdout.write(`\n${lines.join("\n")}\n\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed ? 1 : 0;

/** Runs a suite, its output shown as it comes; one that does not end in its time is ended and has failed. */
function run(suite: Suite): Promise<{ code: number; output: string }> {
  process.stdout.write(`\n── ${suite.name}\n`);
  return new Promise((resolve) => {
    const [command, ...args] = suite.command;
    const child = spawn(command, args, {
      cwd: suite.cwd ? `${root}${suite.cwd}` : root,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: { ...process.env, NO_COLOR: "1", CI: "1" },
    });
    let output = "";
    const take = (chunk: Buffer) => {
      output += chunk.toString("utf8");
      process.stdout.write(chunk);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    const timer = setTimeout(() => {
      take(Buffer.from(`\n${suite.name} did not end within ${suite.minutes} minutes\n`));
      if (child.pid) process.kill(-child.pid, "SIGKILL"); // the group this runner started
    }, suite.minutes * 60_000);
    child.on("error", (error) => take(Buffer.from(`${error.message}\n`)));
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 1, output });
    });
  });
}
