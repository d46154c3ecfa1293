import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findPythons, minorOf } from "./pythons.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hangar-pythons-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, script: string): string {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  return join(folder, name);
}

function answers(version: string, path: string): string {
  return `echo '{"version":"${version}","path":"${path}","hasPip":true,"hasVenv":true}'`;
}

it("believes only what runs: a shim that fails and a Python that is too old are passed over", async () => {
  program("python3.12", "echo 'pyenv: python3.12: command not found' >&2; exit 127");
  program("python3.13", "echo something else");
  const good = program("python3.11", "");
  program("python3.11", answers("3.11.9", good));
  program("python3", answers("3.9.2", "/bin/sh"));
  const found = await findPythons({ PATH: folder });
  expect(found).toEqual([{ version: "3.11.9", path: good, hasPip: true, hasVenv: true }]);
});

it("looks at HANGAR_PYTHON alone when it is set, and says so when it does not run", async () => {
  const own = program("my-python", "");
  program("my-python", answers("3.12.4", own));
  expect((await findPythons({ PATH: "", HANGAR_PYTHON: own })).map((python) => minorOf(python.version))).toEqual([
    "3.12",
  ]);
  await expect(findPythons({ PATH: folder, HANGAR_PYTHON: "/no/python" })).rejects.toThrow(
    "HANGAR_PYTHON is /no/python",
  );
});
