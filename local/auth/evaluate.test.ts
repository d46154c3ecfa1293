import { runUnsafeSimulation } from "@cloud-copilot/iam-simulate";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePolicies } from "./evaluate.ts";
import type { PolicyDocument, PolicyStatement } from "./policy-grammar.ts";

const environment = (name: string) => `arn:aws:airflow:us-east-1:000000000000:environment/${name}`;
const document = (...statements: PolicyStatement[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements,
});
const decide = (policies: readonly PolicyDocument[], action: string, target: string | { within: string }) =>
  compilePolicies(policies).decide(action, target);

const names = fc.constantFrom("first", "second", "fir", "f");
const actions = fc.constantFrom("airflow:GetEnvironment", "airflow:DeleteEnvironment", "s3:GetObject", "s3:PutObject");
const targets = fc.oneof(
  names.map(environment),
  fc.constantFrom("*", "arn:aws:s3:::dags/a.py", "arn:aws:s3:::dags/x/b.py", "arn:aws:s3:::dags"),
);
const actionPatterns = fc.constantFrom(
  "*",
  "airflow:*",
  "airflow:Get*",
  "AIRFLOW:getenvironment",
  "s3:?etObject",
  "s3:*",
  "s3:PutObject",
);
const resourcePatterns = fc.constantFrom(
  "*",
  environment("first"),
  environment("f*"),
  environment("*"),
  "arn:aws:airflow:*:*:environment/fir??",
  "arn:aws:airflow:eu-*:*:environment/*",
  "arn:aws:s3:::dags/*",
  "arn:aws:s3:::dags/*.py",
  "arn:aws:s3:::dags",
);
const some = <Value>(one: fc.Arbitrary<Value>) => fc.oneof(one, fc.array(one, { minLength: 1, maxLength: 3 }));
const statements: fc.Arbitrary<PolicyStatement> = fc
  .record({
    effect: fc.constantFrom("Allow" as const, "Deny" as const),
    action: some(actionPatterns),
    notAction: fc.boolean(),
    resource: some(resourcePatterns),
    notResource: fc.boolean(),
  })
  .map(({ effect, action, notAction, resource, notResource }) => ({
    Effect: effect,
    ...(notAction ? { NotAction: action } : { Action: action }),
    ...(notResource ? { NotResource: resource } : { Resource: resource }),
  }));
const documents = fc.array(
  fc.array(statements, { maxLength: 4 }).map((list) => document(...list)),
  { maxLength: 3 },
);

describe("a decision", () => {
  it("is no without a policy, whatever is asked", () => {
    fc.assert(fc.property(actions, targets, (action, target) => decide([], action, target) === "not allowed"));
  });

  it("is no wherever one statement denies, whatever others allow", () => {
    fc.assert(
      fc.property(documents, actions, targets, (policies, action, target) => {
        const denial = document({ Effect: "Deny", Action: action, Resource: target });
        expect(decide([...policies, denial], action, target)).toBe("explicitly denied");
      }),
    );
  });

  it("about one environment is never opened by a statement about another", () => {
    fc.assert(
      fc.property(documents, actions, names, names, (policies, action, name, other) => {
        fc.pre(name !== other);
        const more = document({ Effect: "Allow", Action: "*", Resource: environment(other) });
        expect(decide([...policies, more], action, environment(name))).toBe(
          decide(policies, action, environment(name)),
        );
      }),
    );
  });

  it("without the resource is the one with any resource", () => {
    fc.assert(
      fc.property(documents, actions, targets, (policies, action, target) => {
        const early = compilePolicies(policies).decideWithoutTarget(action);
        if (early !== undefined) expect(decide(policies, action, target)).toBe(early);
      }),
    );
  });

  it("is IAM's own, as @cloud-copilot/iam-simulate reproduces it", () => {
    const theirs = {
      Allowed: "allowed",
      ExplicitlyDenied: "explicitly denied",
      ImplicitlyDenied: "not allowed",
    } as const;
    fc.assert(
      fc.property(documents, actions, targets, (policies, action, target) => {
        fc.pre(target !== "*"); // there `*` asks about every resource, here about none in particular
        const outcome = runUnsafeSimulation(
          {
            request: {
              principal: "arn:aws:iam::000000000000:user/ci",
              action,
              resource: { resource: target, accountId: "000000000000" },
              contextVariables: {},
            },
            identityPolicies: policies.map((policy, index) => ({ name: String(index), policy })),
            serviceControlPolicies: [],
            resourceControlPolicies: [],
          },
          {},
        );
        expect(decide(policies, action, target)).toBe(theirs[outcome]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("where it is not told what in a place a request is about", () => {
  const within = { within: "arn:aws:s3:::dags/" };
  const asked = (...list: PolicyStatement[]) => decide([document(...list)], "s3:DeleteObject", within);
  const allow = (Resource: string): PolicyStatement => ({ Effect: "Allow", Action: "s3:*", Resource });

  it("an allow must cover all of the place", () => {
    expect(asked(allow("arn:aws:s3:::dags/*"))).toBe("allowed");
    expect(asked(allow("arn:aws:s3:::dags/safe/*"))).toBe("not allowed");
    expect(asked({ Effect: "Allow", Action: "s3:*", NotResource: "arn:aws:s3:::other/*" })).toBe("allowed");
    expect(asked({ Effect: "Allow", Action: "s3:*", NotResource: "arn:aws:s3:::dags/kept/*" })).toBe("not allowed");
    expect(asked({ Effect: "Allow", Action: "s3:*", NotResource: "arn:aws:sqs:*:*:*" })).toBe("allowed");
  });

  it("is never allowed what a part of the place is denied, whatever the patterns", () => {
    const place = fc.constantFrom(
      "arn:aws:s3:::dags/",
      "arn:aws:s3:::dags/x/",
      "arn:aws:airflow:us-east-1:000000000000:environment/f",
    );
    const rest = fc.constantFrom("a.py", "x/b.py", "irst", "", "*");
    fc.assert(
      fc.property(documents, actions, place, rest, (policies, action, prefix, suffix) => {
        if (decide(policies, action, { within: prefix }) !== "allowed") return;
        expect(decide(policies, action, prefix + suffix)).toBe("allowed");
      }),
      { numRuns: 1000 },
    );
  });

  it("a deny of any part of it counts", () => {
    expect(asked(allow("*"), { Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::dags/kept/*" })).toBe(
      "explicitly denied",
    );
    expect(asked(allow("*"), { Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:*:*:da*" })).toBe(
      "explicitly denied",
    );
    expect(asked(allow("*"), { Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::other/*" })).toBe("allowed");
    expect(asked(allow("*"), { Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:*:*:other/*" })).toBe("allowed");
  });
});

describe("names that are patterns elsewhere", () => {
  const allow = document({ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/public/x" });

  it("an object called * is not every object", () => {
    expect(decide([allow], "s3:GetObject", "arn:aws:s3:::b/*")).toBe("not allowed");
  });

  it("a deny counts for an object whose key has a line break, too", () => {
    const all = document({ Effect: "Allow", Action: "*", Resource: "*" });
    const deny = document({ Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::secret/*" });
    expect(decide([all, deny], "s3:GetObject", "arn:aws:s3:::secret/a\nb")).toBe("explicitly denied");
  });

  it("a pattern full of stars is answered at once", () => {
    const stars = document({ Effect: "Allow", Action: "s3:*", Resource: `arn:aws:s3:::b/${"*a".repeat(200)}b` });
    const began = performance.now();
    expect(decide([stars], "s3:GetObject", `arn:aws:s3:::b/${"a".repeat(1000)}`)).toBe("not allowed");
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
