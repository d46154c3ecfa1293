import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { allProcesses, processesNaming, withDescendants } from "./processes.ts";

const started = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of started) await end(child);
});

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
  started.delete(child);
}

/** Runs until it is killed; its program is there once this resolves. */
async function run(argument: string, variable: string): Promise<ChildProcess> {
  const program = 'process.stdout.write("here"); setInterval(() => {}, 1000);';
  const child = spawn(process.execPath, ["-e", program, argument], { env: { MARK: variable } });
  started.add(child);
  await once(child.stdout!, "data");
  return child;
}
const pids = (found: readonly { readonly pid: number }[]) => found.map(({ pid }) => pid);

test("a process is found by its command line, by its variables and by both; not by what another has", async () => {
  const [said, set] = [randomUUID(), randomUUID()];
  const both = await run(said, set);
  const one = await run(said, "");
  expect(pids(processesNaming(said)).toSorted()).toEqual([both.pid, one.pid].toSorted());
  expect(pids(processesNaming(set))).toEqual([both.pid]);
  expect(pids(processesNaming(said, set))).toEqual([both.pid]);
  expect(processesNaming(said, randomUUID())).toEqual([]);
});

test("a process that has ended is not found, and this one is never", async () => {
  const said = randomUUID();
  const child = await run(said, "");
  await end(child);
  expect(processesNaming(said)).toEqual([]);
  expect(pids(processesNaming(process.execPath))).not.toContain(process.pid);
});

test("the children of a process are found below it", async () => {
  const child = await run(randomUUID(), "");
  expect(pids(withDescendants([process.pid], allProcesses()))).toContain(child.pid);
});
