import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { memoryFolder } from "./memory-folder.ts";

const made: string[] = [];
const parent = "/dev/shm";
const first = memoryFolder();
if (first) made.push(first);
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

it.skipIf(!first)("is a folder in memory for everybody, where programs run", () => {
  expect(statfsSync(first!).type).toBe(statfsSync(parent).type);
  expect(spawnSync(join(first!, "runs")).status).toBe(0);
});

it.skipIf(!first)("removes what a killed run left, and nothing of one that runs", () => {
  const { pid: gone } = spawnSync("true");
  const [left, used] = [gone, process.pid].map((pid) => join(parent, `hangar-check-${pid}-test`));
  for (const folder of [left!, used!]) mkdirSync(folder, { recursive: true });
  made.push(left!, used!, memoryFolder()!);
  expect([existsSync(left!), existsSync(used!)]).toEqual([false, true]);
});

it("is none where there is no memory", () => {
  expect(memoryFolder("/no/such/folder")).toBeUndefined();
  const onDisk = mkdtempSync(join(tmpdir(), "hangar-disk-"));
  made.push(onDisk);
  if (statfsSync(onDisk).type !== statfsSync(parent).type) expect(memoryFolder(onDisk)).toBeUndefined();
});
