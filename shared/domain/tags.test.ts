import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testPool } from "../../state-machines/testing/requests.ts";
import { environmentArn } from "./names.ts";
import { nameOfArn, tagged, untagged } from "./tags.ts";

const many = (count: number, prefix = "key") =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}${at}`, "value"]));
const anyTags = fc.dictionary(fc.stringMatching(/^[b-z]{1,3}$/), fc.string({ minLength: 1, maxLength: 3 }), {
  maxKeys: 20,
});

describe("the name in an ARN", () => {
  it("is that of an environment here", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z][0-9a-zA-Z_-]{0,79}$/), (name) => {
        expect(nameOfArn(environmentArn(name, testPool), testPool)).toBe(name);
      }),
    );
  });

  it.each([
    "arn:aws:airflow:us-east-1:111111111111:environment/first",
    "arn:aws:airflow:eu-west-1:000000000000:environment/first",
    "arn:aws-cn:airflow:us-east-1:000000000000:environment/first",
    "arn:aws:s3:us-east-1:000000000000:environment/first",
    "x:environment/first",
    "first",
    "",
  ])("is nobody's for %j: another account or Region looks like nothing there", (arn) => {
    expect(() => nameOfArn(arn, testPool)).toThrow(expect.objectContaining({ name: "EnvironmentNotFound" }));
  });
});

describe("tagging", () => {
  it("adds, and replaces those of the same key; a repeat changes nothing", () => {
    expect(tagged({ team: "a", stage: "test" }, { team: "b", cost: "c" })).toEqual({
      team: "b",
      stage: "test",
      cost: "c",
    });
    fc.assert(
      fc.property(anyTags, anyTags, (before, given) => {
        const once = tagged(before, given);
        expect(tagged(once, given)).toEqual(once);
        expect(once).toMatchObject(given);
      }),
    );
  });

  it("allows fifty tags and no more; replacing is possible at the limit", () => {
    expect(Object.keys(tagged(many(49), { another: "x" }))).toHaveLength(50);
    expect(tagged(many(50), { key7: "new" })["key7"]).toBe("new");
    expect(() => tagged(many(50), { another: "x" })).toThrow(
      "The environment would have 51 tags, and may have 50. Remove some with UntagResource first.",
    );
    expect(() => tagged(many(50), { another: "x" })).toThrow(expect.objectContaining({ name: "InvalidRequest" }));
  });

  it.each(["aws:owner", "AWS:owner", "aWs:"])("refuses the key %s, which AWS keeps to itself", (key) => {
    expect(() => tagged({}, { fine: "x", [key]: "x" })).toThrow(`which AWS keeps to itself: ${key}.`);
  });

  it.each(["aws", "awsome:key", "my:aws:key"])("takes the key %s", (key) => {
    expect(tagged({}, { [key]: "x" })).toEqual({ [key]: "x" });
  });
});

describe("untagging", () => {
  it("removes the keys named and nothing else; keys that are not there are fine", () => {
    expect(untagged({ team: "a", stage: "test" }, ["stage", "Team", "nothing"])).toEqual({ team: "a" });
    expect(untagged({ team: "a" }, [])).toEqual({ team: "a" });
  });

  it("takes back what tagging added", () => {
    fc.assert(
      fc.property(anyTags, anyTags, (before, given) => {
        const kept = Object.fromEntries(Object.entries(before).filter(([key]) => !(key in given)));
        expect(untagged(tagged(before, given), Object.keys(given))).toEqual(kept);
      }),
    );
  });
});
