import { expect, test } from "vitest";
import { systemIdentifiers } from "./system-clock.ts";

test("identifiers have the form names and databases are made from, and do not repeat", () => {
  const { environmentId, operationId, secret } = systemIdentifiers();
  const ids = new Set(Array.from({ length: 1000 }, environmentId));
  expect(ids.size).toBe(1000);
  for (const id of ids) expect(id).toMatch(/^e[a-z0-9]{10}$/);
  expect(operationId()).toMatch(/^[a-z0-9]{26}$/);
  expect(secret(32)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(secret(32)).not.toBe(secret(32));
});
