import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { watchReleases } from "./watch-releases.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "hangar-watch-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (path: string, text: string) => {
  mkdirSync(join(root, "releases", "r2-ab", path, ".."), { recursive: true });
  writeFileSync(join(root, "releases", "r2-ab", path), text);
};
const file = (text: string) => ({ size: text.length, sha256: createHash("sha256").update(text).digest("hex") });
const wanted = async () =>
  new Map([
    ["a.py", file("one")],
    ["team/b.py", file("two")],
  ]);

it("a whole release is fine, however often it is looked at", async () => {
  const watch = watchReleases(() => [root]);
  write("a.py", "one");
  write("team/b.py", "two");
  watch.look();
  watch.look();
  expect(watch.seen).toBe(1);
  expect(await watch.compare(wanted)).toEqual([]);
});

it("one that was imported before it was first seen is fine: compiled modules are no part of it", async () => {
  const watch = watchReleases(() => [root]);
  write("a.py", "one");
  write("team/b.py", "two");
  write("team/__pycache__/b.cpython-312.pyc", "compiled");
  watch.look();
  expect(await watch.compare(wanted)).toEqual([]);
});

it("one that was half there when it was first seen is told, though it is whole by now", async () => {
  const watch = watchReleases(() => [root]);
  write("a.py", "one");
  watch.look();
  write("team/b.py", "two");
  expect(await watch.compare(wanted)).toEqual([expect.stringContaining("before it was whole")]);
});

it("one whose bytes changed afterwards is told with the file", async () => {
  const watch = watchReleases(() => [root]);
  write("a.py", "one");
  write("team/b.py", "two");
  watch.look();
  write("a.py", "eno");
  expect(await watch.compare(wanted)).toEqual([expect.stringContaining("r2-ab/a.py is not what")]);
});

it("one that was pruned is no fault", async () => {
  const watch = watchReleases(() => [root]);
  write("a.py", "one");
  write("team/b.py", "two");
  watch.look();
  rmSync(join(root, "releases", "r2-ab"), { recursive: true });
  expect(await watch.compare(wanted)).toEqual([]);
});
