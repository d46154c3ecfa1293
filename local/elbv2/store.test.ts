import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "./store.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "elbv2-store-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const healthCheck = {
  ...{ path: "/", intervalSeconds: 5, timeoutSeconds: 4, healthyThreshold: 2, unhealthyThreshold: 3 },
  ...{ successCodes: "200", enabled: true },
};
const conditions = { hosts: ["127.64.0.1"], pathPatterns: [] };

test("a file from before rules could answer by themselves keeps its rules, and takes such a rule beside them", () => {
  const file = new DatabaseSync(join(folder, "elbv2.sqlite"));
  file.exec(`
    CREATE TABLE target_group (arn TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, settings TEXT NOT NULL) STRICT;
    CREATE TABLE rule (arn TEXT PRIMARY KEY, priority INTEGER NOT NULL UNIQUE, conditions TEXT NOT NULL,
      target_group TEXT NOT NULL REFERENCES target_group (arn)) STRICT;
  `);
  const settings = { port: 8080, healthCheck, deregistrationDelaySeconds: 30 };
  file.prepare("INSERT INTO target_group VALUES ('group', 'web', ?)").run(JSON.stringify(settings));
  file.prepare("INSERT INTO rule VALUES ('rule/1', 7, ?, 'group')").run(JSON.stringify(conditions));
  file.close();

  const forward = { arn: "rule/1", priority: 7, ...conditions, action: { targetGroup: "group" } };
  const fixedResponse = { statusCode: 503, contentType: "text/plain", messageBody: "closed" };
  const answer = { arn: "rule/2", priority: 8, ...conditions, action: { fixedResponse } };
  for (const there of [[forward], [forward, answer]]) {
    const store = openStore(folder);
    expect(store.rules()).toEqual(there);
    store.putRule(answer);
    expect(() => store.putRule({ ...answer, arn: "rule/3" })).toThrow(/UNIQUE/);
    expect(() => store.putRule({ ...forward, action: { targetGroup: "nowhere" } })).toThrow(/FOREIGN KEY/);
    store.close();
  }
});
