import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openCredentials } from "../local/front/credentials.ts";
import { findKey } from "./access-keys.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "hangar-keys-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const key = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: `secret of ${accessKeyId}`, createdAt: "now" });

it("finds the newest key of a user, a key by its id, and the region's own, as the region wrote them", () => {
  const credentials = openCredentials(join(home, "credentials.json"));
  const keys = [key("AKIAOLD"), key("AKIANEW")];
  credentials.principals.put("user/ci", { createdAt: "now", policies: {}, keys });
  expect(findKey(home, "ci")).toEqual({ accessKeyId: "AKIANEW", secretAccessKey: "secret of AKIANEW" });
  expect(findKey(home, "AKIAOLD").secretAccessKey).toBe("secret of AKIAOLD");
  expect(findKey(home, "operator").accessKeyId).toBe(credentials.named("operator").accessKeyId);
});

it("says whose keys there are when there is none of that name; a role has none", () => {
  const credentials = openCredentials(join(home, "credentials.json"));
  credentials.principals.put("role/airflow", { createdAt: "now", policies: {}, keys: [] });
  expect(() => findKey(home, "airflow")).toThrow("no key of airflow");
  writeFileSync(join(home, "credentials.json"), "{");
  expect(() => findKey(home, "operator")).toThrow("no key of operator");
});
