import { describe, expect, it } from "vitest";
import type * as z from "zod";
import {
  DeferWindowRequest,
  ListEnvironmentsRequest,
  ListOperationsRequest,
  NoRequest,
  OperationRequest,
  PutAccessRequest,
  ScheduleUpdateRequest,
} from "./extension-requests.ts";
import { parseRequest, queryMembers } from "./requests.ts";

const outcome = (schema: z.ZodType, input: unknown): unknown => {
  try {
    return parseRequest(schema, input);
  } catch (error) {
    expect((error as Error).name).toBe("InvalidRequest");
    return (error as Error).message;
  }
};
const fault = (text: string) => `1 validation error detected: ${text}`;

describe("ListEnvironments with details", () => {
  it.each<[object, object]>([
    [{}, {}],
    [{ Details: "true" }, { Details: true }],
    [
      { Details: "false", MaxResults: "3" },
      { Details: false, MaxResults: 3 },
    ],
    [
      { MaxResults: "25", NextToken: "x", Other: "y" },
      { MaxResults: 25, NextToken: "x" },
    ],
  ])("reads the query's text: %j", (query, request) => {
    expect(outcome(ListEnvironmentsRequest, query)).toEqual(request);
  });

  it.each<[object, string]>([
    [{ Details: "yes" }, fault("Value 'yes' at 'details' failed to satisfy constraint: Member must be true or false")],
    [
      { MaxResults: "26" },
      fault("Value '26' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 25"),
    ],
  ])("refuses %j in the service's words", (query, message) => {
    expect(outcome(ListEnvironmentsRequest, query)).toBe(message);
  });

  it("takes its members from the query: MWAA's own and Details", () => {
    expect(queryMembers(ListEnvironmentsRequest).toSorted()).toEqual(["Details", "MaxResults", "NextToken"]);
  });
});

describe("a request about operations", () => {
  const OperationId = "0123456789abcdefghijklmnop";

  it.each<[object, object]>([
    [{ Name: "first" }, { Name: "first" }],
    [
      { Name: "first", MaxResults: "25", NextToken: "x" },
      { Name: "first", MaxResults: 25, NextToken: "x" },
    ],
  ])("lists a page: %j", (input, request) => {
    expect(outcome(ListOperationsRequest, input)).toEqual(request);
    expect(queryMembers(ListOperationsRequest).toSorted()).toEqual(["MaxResults", "NextToken"]);
  });

  it.each([
    ["0", "Member must have value greater than or equal to 1"],
    ["", "Member must have value greater than or equal to 1"],
    ["26", "Member must have value less than or equal to 25"],
    ["2.5", "Member must be an integer"],
    ["many", "Member must be an integer"],
    ["Infinity", "Member must be an integer"],
  ])("refuses MaxResults '%s' and shows what was sent", (MaxResults, constraint) => {
    expect(outcome(ListOperationsRequest, { Name: "first", MaxResults })).toBe(
      fault(`Value '${MaxResults}' at 'maxResults' failed to satisfy constraint: ${constraint}`),
    );
  });

  it("names an environment as MWAA names one, and an operation by an id of ours", () => {
    expect(outcome(OperationRequest, { Name: "first", OperationId })).toEqual({ Name: "first", OperationId });
    for (const [input, member] of [
      [{ Name: "1st", OperationId }, "name"],
      [{ Name: "first" }, "operationId"],
      [{ Name: "first", OperationId: OperationId.toUpperCase() }, "operationId"],
      [{ Name: "first", OperationId: `${OperationId}/..` }, "operationId"],
      [{ Name: "first", OperationId: `${OperationId}\n` }, "operationId"],
    ] as const)
      expect(outcome(OperationRequest, input), JSON.stringify(input)).toContain(`at '${member}' failed`);
  });

  it("takes nothing from the query that belongs into the path", () => {
    expect(queryMembers(OperationRequest)).toEqual([]);
  });
});

describe("PutAccess", () => {
  const put = (entries: unknown) => outcome(PutAccessRequest, { Name: "first", Entries: entries });
  const entry = (Principal: unknown, Role: unknown = "Op") => ({ Principal, Role });

  it.each([
    "*",
    "arn:aws:iam::000000000000:user/ann",
    "arn:aws:iam::000000000000:user/*",
    "arn:aws:sts::*:assumed-role/Developer/*",
    "arn:aws:iam::000000000000:user/a:b/ann",
  ])("takes the pattern %s", (principal) => {
    expect(put([entry(principal)])).toEqual({ Name: "first", Entries: [entry(principal)] });
  });

  it.each([
    "",
    "ann",
    "arn:*",
    "arn:aws:iam::000000000000",
    "arn:aws:iam::000000000000:",
    "*:user/ann",
    "arn:aws:iam::000000000000:user/ann smith",
    "arn:aws:iam::000000000000:user/ann\n",
    `arn:aws:iam::000000000000:user/${"a".repeat(1224)}`,
    7,
    null,
  ])("refuses %j: no caller would ever fit it", (principal) => {
    expect(put([entry(principal)])).toContain("at 'entries.0.Principal' failed to satisfy constraint");
  });

  it.each(["Owner", "admin", "", null])("refuses the role %j, and says which there are", (role) => {
    expect(put([entry("*", role)])).toContain("Member must satisfy enum value set: [Admin, Op, User, Viewer, Public]");
  });

  it("takes an empty table and a hundred entries, no more, and nothing that is no list", () => {
    expect(put([])).toEqual({ Name: "first", Entries: [] });
    expect(put(Array(100).fill(entry("*")))).toHaveProperty("Entries.length", 100);
    expect(put(Array(101).fill(entry("*")))).toContain("Member must have length between 0 and 100");
    for (const entries of [undefined, null, {}, "*"]) expect(put(entries)).toContain("at 'entries'");
  });

  it("drops what an entry does not have", () => {
    expect(put([{ ...entry("*"), Extra: 1 }])).toEqual({ Name: "first", Entries: [entry("*")] });
  });
});

describe("a request without members", () => {
  it("is taken whatever comes with it", () => {
    expect(outcome(NoRequest, { anything: 1 })).toEqual({});
  });
});

describe("a change in the next maintenance window", () => {
  it("takes what an update takes, and MayOverrun", () => {
    const request = { Name: "first", MaxWorkers: 3, PluginsS3Path: null, AirflowConfigurationOptions: { "a.b": "c" } };
    expect(outcome(ScheduleUpdateRequest, { ...request, MayOverrun: true, Other: 1 })).toEqual({
      ...request,
      MayOverrun: true,
    });
    expect(outcome(ScheduleUpdateRequest, { Name: "first" })).toEqual({ Name: "first" });
  });

  it.each([
    [{ MaxWorkers: "many" }, /maxWorkers/],
    [{ MayOverrun: "yes" }, /mayOverrun.*Member must be true or false/],
    [{ KmsKey: "key" }, /kmsKey/i],
  ])("refuses %j", (wrong, message) => {
    expect(outcome(ScheduleUpdateRequest, { Name: "first", ...wrong })).toMatch(message);
  });

  it.each([[{}], [{ Until: "tomorrow" }], [{ Until: -1 }], [{ Until: 1e15 }]])("is not deferred by %j", (wrong) => {
    expect(outcome(DeferWindowRequest, { Name: "first", ...wrong })).toMatch(/until.*seconds since the epoch/);
  });
});
