import { type ChildProcess, spawn } from "node:child_process";
import { afterEach, expect, test } from "vitest";
import { identityOf } from "../process-identity.ts";
import { keepAlive, type RunningProcess } from "./keep-alive.ts";
import { until } from "./testing/web-target.ts";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function start(): RunningProcess {
  const child = spawn("sleep", ["600"], { stdio: "ignore" });
  children.push(child);
  return { identity: identityOf(child.pid!)!, child };
}

test("a process that cannot be started again is tried until it can, and its listeners hear once", async () => {
  const log: string[] = [];
  let tries = 0;
  let heard = 0;
  const again = async () => {
    tries += 1;
    if (tries < 3) throw new Error("the disk is full.");
    return start();
  };
  const watch = keepAlive(start(), { name: "sleeper", log: (line) => log.push(line), intervalMilliseconds: 10, again });
  watch.onRestart(() => {
    heard += 1;
  });
  const first = watch.current().identity.pid;
  process.kill(first, "SIGKILL");
  await until(() => heard === 1);
  expect({ tries, other: watch.current().identity.pid !== first }).toEqual({ tries: 3, other: true });
  expect(log.filter((line) => line.startsWith("the disk is full. Next try in"))).toHaveLength(2);
  await watch.close();
});

test("a process whose watch was closed is left alone, dead or alive", async () => {
  let tries = 0;
  const again = async () => {
    tries += 1;
    return start();
  };
  const watch = keepAlive(start(), { name: "sleeper", log: () => {}, intervalMilliseconds: 10, again });
  await watch.close();
  const { identity, child } = watch.current();
  const exit = new Promise((resolve) => child!.once("exit", resolve));
  process.kill(identity.pid, "SIGKILL");
  await exit;
  await new Promise((resolve) => setImmediate(resolve));
  expect(tries).toBe(0);
});
