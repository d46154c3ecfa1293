import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import {
  identityOf,
  isAlive,
  isFromEarlierBoot,
  killGroup,
  killProcess,
  startTime,
  waitForExit,
} from "./process-identity.ts";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function start(script: string): { child: ChildProcess; pid: number } {
  const child = spawn(process.execPath, ["-e", script], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  children.push(child);
  return { child, pid: child.pid! };
}

/** A group leader, and a process it started into its group. */
async function startTwo() {
  const waits = "setInterval(() => {}, 1000)";
  const { child, pid } = start(
    `const two = require("child_process").spawn(process.execPath, ["-e", "${waits}"], { stdio: "ignore" });
     process.stdout.write(String(two.pid)); ${waits}`,
  );
  const leader = identityOf(pid)!;
  const [text] = (await once(child.stdout!, "data")) as [Buffer];
  return { child, leader, grandchild: identityOf(Number(text.toString()))! };
}

test("a living process keeps one identity, and loses it when it dies", async () => {
  const { child, pid } = start("setInterval(() => {}, 1000)");
  const identity = identityOf(pid)!;
  expect(startTime(pid)).toBe(identity.startTime);
  expect(isAlive(identity)).toBe(true);
  const exit = once(child, "exit");
  expect(killProcess(identity, "SIGKILL")).toBe(true);
  await exit;
  expect(await waitForExit(identity, 1000)).toBe(true);
  expect(isAlive(identity)).toBe(false);
  expect(identityOf(pid)).toBeUndefined();
});

test("a process that took over a pid is neither taken for ours nor killed", () => {
  const { pid } = start("setInterval(() => {}, 1000)");
  const stranger = { pid, startTime: "some other moment" };
  expect(isAlive(stranger)).toBe(false);
  expect(killProcess(stranger, "SIGKILL")).toBe(false);
  expect(killGroup(stranger, "SIGKILL", { evenWithoutLeader: true })).toBe(false);
  expect(identityOf(pid)).toBeDefined();
});

test("what a dead group leader left behind can still be killed through its group", async () => {
  const { child, leader, grandchild } = await startTwo();
  const exit = once(child, "exit");
  killProcess(leader, "SIGKILL");
  await exit;
  expect(isAlive(grandchild)).toBe(true);
  expect(killGroup(leader, "SIGKILL")).toBe(false);
  expect(killGroup(leader, "SIGKILL", { evenWithoutLeader: true })).toBe(true);
  expect(await waitForExit(grandchild, 2000)).toBe(true);
});

test("a group number of an earlier boot is another's now and is not signalled", async () => {
  const { child, leader, grandchild } = await startTwo();
  const exit = once(child, "exit");
  killProcess(leader, "SIGKILL");
  await exit;
  const before = { pid: leader.pid, startTime: "an-earlier-boot:4711" };
  expect([isFromEarlierBoot(before), isFromEarlierBoot(leader)]).toEqual([true, false]);
  expect(killGroup(before, "SIGKILL", { evenWithoutLeader: true })).toBe(false);
  expect(isAlive(grandchild)).toBe(true);
  killProcess(grandchild, "SIGKILL");
});

test("nonsense pids have no identity", () => {
  expect([0, -1, 1.5, Number.NaN].map(startTime)).toEqual([undefined, undefined, undefined, undefined]);
});
