import { describe, expect, it } from "vitest";
import { functionsPolicy, namedPolicies, tasksPolicy } from "./built-in-policies.ts";
import { MalformedPolicy, maximumPolicyCharacters, readPolicy } from "./policy-grammar.ts";

const statement = { Effect: "Allow", Action: "airflow:GetEnvironment", Resource: "*" };
const written = (change: object | string) =>
  typeof change === "string"
    ? change
    : JSON.stringify({ Version: "2012-10-17", Statement: { ...statement, ...change } });

describe("a policy document", () => {
  it.each(Object.entries({ ...namedPolicies, functionsPolicy, tasksPolicy }))("%s is a good one", (_name, policy) => {
    expect(readPolicy(JSON.stringify(policy))).toEqual(policy);
  });

  it.each([
    ["no JSON", "{", /no JSON/],
    ["a list", "[]", /must be a JSON object/],
    ["no version", JSON.stringify({ Statement: statement }), /"Version": "2012-10-17"/],
    ["another version", JSON.stringify({ Version: "2020-01-01", Statement: statement }), /2012-10-17/],
    ["no statement", JSON.stringify({ Version: "2012-10-17", Statement: [] }), /at least one/],
    [
      "a member IAM does not have",
      JSON.stringify({ Version: "2012-10-17", Statement: statement, Rule: 1 }),
      /unknown member Rule/,
    ],
    ["a misspelt member", { Resources: "*" }, /unknown member Resources/],
    ["a principal", { Principal: "*" }, /Leave it out/],
    ["another effect", { Effect: "allow" }, /"Allow" or "Deny"/],
    ["both kinds of action", { NotAction: "s3:*" }, /only one/],
    ["no resource", { Resource: undefined }, /Resource or NotResource/],
    ["no action in a list", { Action: [] }, /not empty/],
    ["an action without a service", { Action: "GetEnvironment" }, /service:Action/],
    ["a misspelt action", { Action: "airflow:GetEnviroment" }, /Did you mean GetEnvironment/],
    ["a pattern no action fits", { Action: "airflow:Describe*" }, /no action Describe/],
    ["a misspelt service", { Action: "airlfow:GetEnvironment" }, /no service airlfow. Did you mean airflow/],
    ["API Gateway's action", { Action: "execute-api:Invoke" }, /MWAA's own actions/],
    ["a name for a resource", { Resource: "first" }, /whole ARN/],
    ["half an ARN", { Resource: "arn:aws:airflow:*" }, /whole ARN/],
    ["a variable in a resource", { Resource: `arn:aws:s3:::b/$${"{aws:username}"}/*` }, /no variables/],
    ["an odd Sid", { Sid: "a b" }, /letters and digits/],
    ["a condition", { Condition: { Bool: { "aws:SecureTransport": "true" } } }, /evaluates none/],
  ])("with %s is refused in words", (_case, change, words) => {
    expect(() => readPolicy(written(change))).toThrow(words);
    expect(() => readPolicy(written(change))).toThrow(MalformedPolicy);
  });

  it("may be as long as IAM lets it be, blanks not counted, and no longer", () => {
    const padded = (length: number) => {
      const bare = written({ Sid: "" }).length;
      return written({ Sid: "a".repeat(length - bare) });
    };
    expect(() => readPolicy(`${padded(maximumPolicyCharacters)}${" ".repeat(5000)}`)).not.toThrow();
    expect(() => readPolicy(padded(maximumPolicyCharacters + 1))).toThrow(/at most 6144/);
  });

  it("may not use a Sid twice", () => {
    const twice = { Version: "2012-10-17", Statement: [1, 2].map(() => ({ ...statement, Sid: "same" })) };
    expect(() => readPolicy(JSON.stringify(twice))).toThrow(/used twice/);
  });
});
