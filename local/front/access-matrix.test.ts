// Who may do what with the MWAA API, through the real front door and the real API gateway: key × operation × environment
// × Airflow role.
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { airflowArn, type GuardedDoor, openGuardedDoor, users } from "./testing/guarded-door.ts";

/** Operation, then who may: everyone else may not. */
const matrix: readonly (readonly [request: string, may: readonly string[]])[] = [
  ["GET /environments", ["operator", "admin", "reader", "operator2", "all-but-second", "no-admin", "dag-code"]],
  [
    "GET /environments/first",
    ["operator", "admin", "reader", "operator2", "only-first", "all-but-second", "no-admin", "dag-code"],
  ],
  ["GET /environments/second", ["operator", "admin", "reader", "operator2", "no-admin", "dag-code"]],
  ["GET /environments/firsts", ["operator", "admin", "reader", "operator2", "all-but-second", "no-admin", "dag-code"]],
  ["PUT /environments/first", ["operator", "admin", "only-first", "all-but-second", "no-admin"]],
  ["PATCH /environments/first", ["operator", "admin", "operator2", "only-first", "all-but-second", "no-admin"]],
  ["PATCH /environments/second", ["operator", "admin", "operator2", "no-admin"]],
  ["DELETE /environments/first", ["operator", "admin", "only-first", "all-but-second", "no-admin"]],
  ["DELETE /environments/second", ["operator", "admin", "no-admin"]],
  ["POST /clitoken/first", ["operator", "admin", "operator2", "only-first", "all-but-second", "no-admin", "dag-code"]],
  ["POST /webtoken/first", ["operator", "admin", "reader", "operator2", "only-first", "all-but-second", "dag-code"]],
  ["POST /webtoken/second", ["operator", "admin", "reader", "operator2", "dag-code"]],
  ["POST /webtoken/first/roles/Admin", ["operator", "admin", "all-but-second"]],
  ["POST /webtoken/first/roles/Op", ["operator", "admin", "operator2", "all-but-second", "no-admin"]],
  [
    "POST /webtoken/first/roles/Viewer",
    ["operator", "admin", "reader", "operator2", "only-first", "all-but-second", "no-admin"],
  ],
  [
    "POST /restapi/first",
    ["operator", "admin", "reader", "operator2", "only-first", "all-but-second", "no-admin", "by-path", "dag-code"],
  ],
  ["POST /restapi/second", ["operator", "admin", "reader", "operator2", "no-admin", "dag-code"]],
  ["POST /restapi/first/roles/Op", ["operator", "admin", "operator2", "all-but-second", "no-admin", "by-path"]],
  ["POST /restapi/second/roles/Op", ["operator", "admin", "operator2", "no-admin"]],
  [
    `GET /tags/${encodeURIComponent(airflowArn("environment/first"))}`,
    ["operator", "admin", "reader", "operator2", "only-first", "all-but-second", "no-admin", "dag-code"],
  ],
  [
    `DELETE /tags/${encodeURIComponent(airflowArn("environment/second"))}`,
    ["operator", "admin", "operator2", "no-admin"],
  ],
];

let door: GuardedDoor;
beforeAll(async () => {
  door = await openGuardedDoor();
});
afterAll(() => door.close());

describe.each(matrix)("%s", (line, may) => {
  const everyone = ["operator", "functions", "tasks", "dag-code", ...Object.keys(users)];

  it(`is for ${may.join(", ")}, and nobody else`, async () => {
    for (const who of everyone) {
      const { status, headers, text, reached } = await door.ask(who, "airflow", line);
      if (may.includes(who)) {
        expect([who, status, reached.length]).toEqual([who, 200, 1]);
        continue;
      }
      expect([who, status, reached]).toEqual([who, 403, []]);
      expect(headers.get("x-amzn-errortype")).toBe("AccessDeniedException");
      expect((JSON.parse(text) as { Message: string }).Message).toMatch(
        /^User: arn:aws:\S+ is not authorized to perform: airflow:\w+ on resource: \S+ (because no identity-based policy allows|with an explicit deny)/,
      );
    }
  });
});

test("a REST call without a role says so in the words Airflow's own hook looks for", async () => {
  const { text } = await door.ask("nobody", "airflow", "POST /restapi/first");
  expect((JSON.parse(text) as { Message: string }).Message).toContain("Airflow role");
});
