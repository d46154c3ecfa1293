// Runs suites in lanes: those of a lane one after the other, the lanes beside each other; lanes that are the same iterator
// share its suites, each taking the next. What a suite says is never
// mixed with another's: a lane alone shows it as it comes, several say when a suite begins and show its whole at its end.
import { spawn } from "node:child_process";
import { setPriority } from "node:os";
import type { Suite } from "./suites.ts";

export interface SuiteRun {
  readonly suite: Suite;
  /** Exit code; 1 also when it was ended because its time was over. */
  readonly code: number;
  /** stdout and stderr as they came. */
  readonly output: string;
  /** Wall time; with lanes beside each other they share the machine. */
  readonly seconds: number;
}

/** Of a process that takes what others leave: a third of their share where all want the processor. */
const patience = 5;

type Write = (text: string) => void;
type Run = (suite: Suite, show: Write) => Promise<SuiteRun>;

/**
 * @param root the folder each suite's `cwd` is relative to, with a slash at its end
 * @param write where the suites' output goes
 * @param variables more for the suites' environment
 * @returns every suite's run, lane by lane
 */
export async function runLanes(
  lanes: readonly Iterable<Suite>[],
  root: string,
  write: Write,
  variables: Readonly<Record<string, string>> = {},
): Promise<readonly SuiteRun[]> {
  const run: Run = (suite, show) => runSuite(suite, root, show, variables);
  const runs = await Promise.all(lanes.map((lane) => runLane(lane, run, write, lanes.length === 1)));
  return runs.flat();
}

async function runLane(lane: Iterable<Suite>, runOne: Run, write: Write, alone: boolean): Promise<SuiteRun[]> {
  const runs: SuiteRun[] = [];
  for (const suite of lane) {
    const title = `\n── ${suite.name}\n`;
    if (alone) write(title);
    if (!alone) write(`${suite.name} begins\n`);
    const run = await runOne(suite, alone ? write : () => undefined);
    if (!alone) write(`${title}${run.output}\n${suite.name} ended after ${run.seconds.toFixed(1)} s\n`);
    runs.push(run);
  }
  return runs;
}

/** One that does not end in its time is ended and has failed. */
function runSuite(
  suite: Suite,
  root: string,
  show: Write,
  variables: Readonly<Record<string, string>>,
): Promise<SuiteRun> {
  const began = performance.now();
  return new Promise((resolve) => {
    const [command, ...args] = suite.command;
    const child = spawn(command, args, {
      cwd: suite.cwd ? `${root}${suite.cwd}` : root,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: { ...process.env, NO_COLOR: "1", CI: "1", ...variables, ...suite.variables },
    });
    if (suite.patient && child.pid) setPriority(child.pid, patience); // what it starts has it, too
    let output = "";
    const take = (text: string) => {
      output += text;
      show(text);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", take);
    let isOver = false;
    const timer = setTimeout(() => {
      isOver = true;
      take(`\n${suite.name} did not end within ${suite.minutes} minutes\n`);
      if (child.pid) killGroup(child.pid);
      for (const stream of [child.stdout, child.stderr]) stream.destroy(); // what left the group may still hold them
    }, suite.minutes * 60_000);
    child.on("error", (error) => take(`${error.message}\n`));
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ suite, code: isOver ? 1 : (code ?? 1), output, seconds: (performance.now() - began) / 1000 });
    });
  });
}

/** The group this runner started; none of it may be left. */
function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
