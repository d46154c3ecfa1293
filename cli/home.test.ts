import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readOperatorKey, readRegionFile } from "./home.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "hangar-home-"));
  mkdirSync(join(home, "run"));
});
afterEach(() => rmSync(home, { recursive: true }));

describe("what a region says of itself", () => {
  it("is read from its home", () => {
    writeFileSync(join(home, "run", "region.json"), '{"pid":1,"url":"http://127.0.0.1:1"}');
    writeFileSync(join(home, "credentials.json"), '{"operator":{"accessKeyId":"a","secretAccessKey":"s"}}');
    expect(readRegionFile(home)).toMatchObject({ pid: 1, url: "http://127.0.0.1:1" });
    expect(readOperatorKey(home)).toEqual({ accessKeyId: "a", secretAccessKey: "s" });
  });

  it("is nothing where none ran, or where one was killed while it wrote", () => {
    expect([readRegionFile(home), readOperatorKey(home)]).toEqual([undefined, undefined]);
    writeFileSync(join(home, "run", "region.json"), '{"pid":1');
    writeFileSync(join(home, "credentials.json"), "{}");
    expect([readRegionFile(home), readOperatorKey(home)]).toEqual([undefined, undefined]);
  });
});
