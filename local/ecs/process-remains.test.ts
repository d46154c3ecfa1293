import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { identityOf, isAlive, type ProcessIdentity } from "../process-identity.ts";
import { killRemains, remainsOf } from "./process-remains.ts";

it("finds a task's processes in its group, in other sessions and among orphans, and nobody else's", async () => {
  const marker = `marker-${process.pid}-${Date.now()}`;
  const script = "setsid sleep 1000 & (setsid sleep 1001 & exit) ; sleep 1002 & echo up; wait";
  const leader = spawn("/bin/sh", ["-c", script], {
    detached: true,
    env: { PATH: process.env["PATH"] ?? "", MARKER: marker },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const stranger = spawn("sleep", ["1003"], { detached: true, stdio: "ignore" });
  await once(leader.stdout, "data");
  const launcher = identityOf(leader.pid as number) as ProcessIdentity;
  const other = identityOf(stranger.pid as number) as ProcessIdentity;
  onTestFinished(() => {
    stranger.kill("SIGKILL");
  });
  const found = remainsOf(launcher, marker);
  expect(found.length).toBeGreaterThanOrEqual(4); // the shell and three sleeps
  expect(found).not.toContain(other.pid);
  const gone = once(leader, "exit");
  for (let look = 0; look < 200 && killRemains(launcher, marker) > 0; look += 1) await new Promise(setImmediate);
  await gone;
  expect(remainsOf(launcher, marker)).toEqual([]);
  expect(isAlive(other)).toBe(true);
});

it("takes nothing by number once another process has the launcher's pid", () => {
  const reused: ProcessIdentity = { pid: process.pid, startTime: "of another process" };
  expect(remainsOf(reused, "a marker nobody carries")).toEqual([]);
});
