import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boundLog } from "./log-file.ts";

test("a log that grew past its bound is kept aside once and starts again empty", () => {
  const folder = mkdtempSync(join(tmpdir(), "hangar-log-"));
  const file = join(folder, "log");
  const log = boundLog(file, 10);
  appendFileSync(file, "0123456789");
  log.check();
  expect(statSync(file).size).toBe(10);
  appendFileSync(file, "more");
  log.check();
  expect(statSync(file).size).toBe(0);
  expect(readFileSync(`${file}.1`, "utf8")).toBe("0123456789more");
  log.close();
  rmSync(folder, { recursive: true, force: true });
});
