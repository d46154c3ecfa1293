import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitForExit } from "../process-identity.ts";
import { askToStop, exitCode, hasBegun, isRunning, launch } from "./launch.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hangar-launch-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function sh(script: string) {
  const environment = { PATH: process.env["PATH"] ?? "" };
  return launch({ folder, command: ["/bin/sh", "-c", script], workingDirectory: folder, environment }, () => undefined);
}

async function appears(path: string): Promise<void> {
  for (let look = 0; look < 500 && !existsSync(path); look += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("a launched command", () => {
  it("does not run before its launcher is recorded, and never if whoever records it dies first", async () => {
    const { launcher, abandon } = await sh("touch ran");
    expect(isRunning(launcher)).toBe(true);
    expect(hasBegun(folder)).toBe(false);
    abandon();
    expect(await waitForExit(launcher, 5000)).toBe(true);
    expect(existsSync(join(folder, "ran"))).toBe(false);
    expect(hasBegun(folder)).toBe(false);
  });

  it("leaves its exit code on disk", async () => {
    const { launcher, begin } = await sh("exit 42");
    begin();
    expect(await waitForExit(launcher, 5000)).toBe(true);
    expect(exitCode(folder)).toBe(42);
    expect(hasBegun(folder)).toBe(true);
  });

  it("is asked to stop by SIGTERM once it runs, and meets SIGINT and SIGQUIT as any program does", async () => {
    const { launcher, begin } = await sh("trap 'echo int; exit 5' INT; touch ready; kill -INT $$; sleep 1000");
    expect(askToStop(folder, launcher)).toBe(false); // nothing to stop yet
    begin();
    expect(await waitForExit(launcher, 5000)).toBe(true);
    expect(readFileSync(join(folder, "log"), "utf8")).toBe("int\n");
    expect(exitCode(folder)).toBe(5);
    expect(askToStop(folder, launcher)).toBe(false); // gone
  });

  it("is not mistaken for a process that has its old pid by now", async () => {
    const { launcher, begin } = await sh("touch ready; exec sleep 1000");
    begin();
    await appears(join(folder, "ready"));
    const main = readFileSync(join(folder, "main"), "utf8");
    writeFileSync(join(folder, "main"), String(process.pid));
    expect(askToStop(folder, launcher)).toBe(false); // or this test would be ending now
    writeFileSync(join(folder, "main"), main);
    expect(askToStop(folder, launcher)).toBe(true);
    expect(await waitForExit(launcher, 5000)).toBe(true);
  });

  it("ends with 143 when SIGTERM ended it, and its log holds nothing of the launcher's", async () => {
    const { launcher, begin } = await sh("touch ready; exec sleep 1000");
    begin();
    await appears(join(folder, "ready"));
    expect(askToStop(folder, launcher)).toBe(true);
    expect(await waitForExit(launcher, 5000)).toBe(true);
    expect(exitCode(folder)).toBe(143);
    expect(readFileSync(join(folder, "log"), "utf8")).toBe("");
  });
});
