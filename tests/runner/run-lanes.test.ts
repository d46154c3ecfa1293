import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runLanes } from "./run-lanes.ts";
import type { Suite } from "./suites.ts";

let root: string;
beforeEach(() => {
  root = `${mkdtempSync(join(tmpdir(), "hangar-lanes-"))}/`;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const suite = (name: string, script: string, minutes = 1): Suite => ({
  name,
  command: ["/bin/sh", "-c", script],
  counts: "exit",
  minutes,
});
/** Says one line, and the next only when the other has said its first: neither can run before or after the other. */
const meets = (own: string, other: string) =>
  `echo ${own} 1; touch ${own}; for i in $(seq 500); do [ -e ${other} ] && break; sleep 0.02; done; [ -e ${other} ] && echo ${own} 2`;

it("runs lanes beside each other, and shows what each suite says in one piece", async () => {
  let shown = "";
  const lanes = [[suite("left", meets("left", "right"))], [suite("right", meets("right", "left"))]];
  const runs = await runLanes(lanes, root, (text) => {
    shown += text;
  });
  expect(runs.map(({ suite: { name }, code }) => [name, code])).toEqual([
    ["left", 0],
    ["right", 0],
  ]);
  expect(shown).toContain("── left\nleft 1\nleft 2\n");
  expect(shown).toContain("── right\nright 1\nright 2\n");
});

it("runs the suites of a lane one after the other, also when one fails", async () => {
  const lane = [suite("first", "sleep 0.1; touch done; exit 3"), suite("second", "[ -e done ]")];
  expect((await runLanes([lane], root, () => undefined)).map(({ code }) => code)).toEqual([3, 0]);
});

it("lanes that share a queue take its suites in order, each one once, the next when one is done", async () => {
  const queue = [
    suite("long", "while [ ! -e end ]; do sleep 0.02; done"),
    suite("a", "exit 3"),
    suite("b", "touch end"),
  ];
  const shared = queue.values();
  const runs = await runLanes([shared, shared], root, () => undefined);
  expect(runs.map(({ suite: { name }, code }) => [name, code])).toEqual([
    ["long", 0],
    ["a", 3],
    ["b", 0],
  ]);
});

it("shows what a lane alone says as it comes", async () => {
  const pieces: string[] = [];
  const waits = suite("waits", "echo first; while [ ! -e heard ]; do sleep 0.02; done; echo second");
  await runLanes([[waits]], root, (text) => {
    pieces.push(text);
    if (text.includes("first")) writeFileSync(`${root}heard`, "");
  });
  expect(pieces.join("")).toContain("first\nsecond\n");
});

it("gives every suite the variables it is told to", async () => {
  const asks = suite("asks", '[ "$HANGAR_TOLD" = word ]');
  const [told] = await runLanes([[asks]], root, () => undefined, { HANGAR_TOLD: "word" });
  const [untold] = await runLanes([[asks]], root, () => undefined);
  expect([told!.code, untold!.code]).toEqual([0, 1]);
});

it("gives a suite variables of its own, which win", async () => {
  const own = { ...suite("own", 'echo "$WORD"'), variables: { WORD: "own" } };
  const runs = await runLanes([[own, suite("other", 'echo "$WORD"')]], root, () => undefined, { WORD: "all" });
  expect(runs.map(({ output }) => output.trim())).toEqual(["own", "all"]);
});

it("ends a suite that does not end in its time, with all it started, and counts it as failed", async () => {
  const [run] = await runLanes([[suite("hangs", "sleep 60 & wait", 0.002)]], root, () => undefined);
  expect(run).toMatchObject({ code: 1, output: expect.stringContaining("did not end within") });
});

it("waits no longer for one that has ended but left a program behind that holds its output, and counts it as failed", async () => {
  const [run] = await runLanes([[suite("leaves", "setsid sleep 3 &", 0.002)]], root, () => undefined);
  expect(run).toMatchObject({ code: 1, output: expect.stringContaining("did not end within") });
  expect(run!.seconds).toBeLessThan(3);
});

it("counts a suite that cannot be started as failed", async () => {
  const missing: Suite = { name: "missing", command: ["/no/such/program"], counts: "exit", minutes: 1 };
  const [run] = await runLanes([[missing]], root, () => undefined);
  expect(run!.code).not.toBe(0);
  expect(run!.output).toContain("ENOENT");
});

it("gives a patient suite, and what it starts, a lower priority than the others", async () => {
  const tells = (name: string) => suite(name, "sleep 0.2; nice");
  const runs = await runLanes([[{ ...tells("patient"), patient: true }], [tells("usual")]], root, () => undefined);
  const [patient, usual] = runs.map(({ output }) => Number(output));
  expect(patient).toBeGreaterThan(usual!);
});
