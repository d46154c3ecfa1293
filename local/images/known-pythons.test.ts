import { appendFileSync, chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { knownPythons } from "./known-pythons.ts";

let folder: string;
let memory: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hangar-known-"));
  memory = join(folder, "pythons.json");
  program("python3.11", "3.11.9");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A Python that counts how often it was asked. */
function program(name: string, version: string): void {
  const path = join(folder, name);
  const answer = JSON.stringify({ version, path, hasPip: true, hasVenv: true });
  writeFileSync(path, `#!/bin/sh\necho asked >>${folder}/asked\necho '${answer}'\n`);
  chmodSync(path, 0o755);
}
const known = (anew = false) => knownPythons(memory, { environment: { PATH: folder }, anew });
const timesAsked = () =>
  existsSync(join(folder, "asked")) ? readFileSync(join(folder, "asked"), "utf8").trim().split("\n").length : 0;
const versions = async () => (await known()).pythons.map(({ version }) => version);

it("asks each Python once, and gives the same answer from memory", async () => {
  const first = await known();
  const second = await known();
  expect(first).toMatchObject({ pythons: [{ version: "3.11.9", hasPip: true }], remembered: false });
  expect(second).toEqual({ pythons: first.pythons, remembered: true });
  expect(timesAsked()).toBe(1);
});

it("sees a Python that was added, one that was upgraded in place and one that is gone", async () => {
  await known();
  program("python3.12", "3.12.4");
  expect(await versions()).toEqual(["3.12.4", "3.11.9"]);
  program("python3.12", "3.12.10");
  expect(await versions()).toEqual(["3.12.10", "3.11.9"]);
  rmSync(join(folder, "python3.12"));
  expect(await versions()).toEqual(["3.11.9"]);
});

it("asks again when told to, and when the memory is no memory", async () => {
  await known();
  expect((await known(true)).remembered).toBe(false);
  appendFileSync(memory, "}");
  expect((await known()).remembered).toBe(false);
  expect((await known()).remembered).toBe(true);
});
