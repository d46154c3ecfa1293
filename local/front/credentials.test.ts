import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openCredentials } from "./credentials.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hangar-credentials-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("keys are made once, look like AWS's own, and stay the same at the next start", () => {
  const file = join(folder, "inner", "keys.json");
  const first = openCredentials(file, "123456789012");
  for (const name of ["operator", "functions", "tasks", "builders"] as const) {
    const key = first.named(name);
    expect(key.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect(key.secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect(first.find(key.accessKeyId)).toEqual(key);
  }
  expect(first.named("operator").arn).toBe("arn:aws:iam::123456789012:user/operator");
  expect(openCredentials(file).named("tasks")).toEqual(first.named("tasks"));
  expect(first.find("AKIAAAAAAAAAAAAAAAAA")).toBeUndefined();
});

test("only the user can read the key file, even when its mode was loosened", () => {
  const file = join(folder, "keys.json");
  openCredentials(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  rmSync(file);
  writeFileSync(file, "{}", { mode: 0o644 });
  openCredentials(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a damaged key file is an error that says so; the keys in it are never silently replaced", () => {
  const file = join(folder, "keys.json");
  writeFileSync(file, "{ not json");
  expect(() => openCredentials(file)).toThrow(/cannot be read as JSON/);
  expect(readFileSync(file, "utf8")).toBe("{ not json");
  writeFileSync(file, '{"operator":{"accessKeyId":"AKIA"}}');
  expect(() => openCredentials(file)).toThrow(/"operator".*incomplete/);
});

test("a file half written by a killed start is ignored", () => {
  const file = join(folder, "keys.json");
  writeFileSync(`${file}.4711.new`, '{"operator":');
  openCredentials(file);
  expect(existsSync(file)).toBe(true);
});
