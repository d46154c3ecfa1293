import { appendFileSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rotateLog, tailLog } from "./task-log.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hangar-log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a task's log", () => {
  it("never holds more than two times the bound, and the process goes on writing to it", async () => {
    const descriptor = openSync(join(folder, "log"), "a", 0o600);
    for (let round = 0; round < 5; round += 1) {
      writeSync(descriptor, `${"x".repeat(99)}\n`.repeat(11));
      expect(await rotateLog(folder, 1000)).toBe(true);
      expect(statSync(join(folder, "log.1")).size).toBe(1100);
      expect(statSync(join(folder, "log.1")).mode & 0o777).toBe(0o600);
    }
    writeSync(descriptor, "after\n");
    expect(readFileSync(join(folder, "log"), "utf8")).toBe("after\n");
    expect(await rotateLog(folder, 1000)).toBe(false);
  });

  it("is shown from its end, in whole lines, across a rotation", async () => {
    appendFileSync(join(folder, "log.1"), "one\ntwo\n");
    appendFileSync(join(folder, "log"), "three\nfour\n");
    expect(await tailLog(folder, 1000)).toBe("one\ntwo\nthree\nfour\n");
    expect(await tailLog(folder, 16)).toBe("two\nthree\nfour\n");
    expect(await tailLog(folder, 8)).toBe("four\n");
  });

  it("is empty when the task's folder is gone", async () => {
    expect(await tailLog(join(folder, "gone"), 100)).toBe("");
    expect(await rotateLog(join(folder, "gone"))).toBe(false);
  });
});
