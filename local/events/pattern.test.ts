import { describe, expect, test } from "vitest";
import { compilePattern } from "./pattern.ts";

const event = {
  source: "aws.s3",
  "detail-type": "Object Created",
  resources: ["arn:aws:s3:::my-dags", "arn:aws:s3:::other"],
  detail: {
    bucket: { name: "my-dags" },
    object: { key: "dags/a.py", size: 12 },
    reason: "PutObject",
    gone: null,
    list: [{ a: 1 }, { a: 2 }],
  },
};

describe("a pattern", () => {
  test.each<[string, object, boolean]>([
    ["one of several values", { source: ["aws.ec2", "aws.s3"] }, true],
    ["another value", { source: ["aws.ec2"] }, false],
    ["every field must match", { source: ["aws.s3"], "detail-type": ["Object Deleted"] }, false],
    ["nested fields", { detail: { bucket: { name: ["my-dags"] } } }, true],
    ["any element of an array", { resources: ["arn:aws:s3:::other"] }, true],
    ["inside an array of objects", { detail: { list: { a: [2] } } }, true],
    ["null", { detail: { gone: [null] } }, true],
    ["a field that is not there", { detail: { missing: ["x"] } }, false],
    ["a field below one that is not there", { detail: { missing: { deep: ["x"] } } }, false],
    ["prefix", { detail: { object: { key: [{ prefix: "dags/" }] } } }, true],
    ["prefix of something else", { detail: { object: { key: [{ prefix: "plugins/" }] } } }, false],
    ["suffix", { detail: { object: { key: [{ suffix: ".py" }] } } }, true],
    ["wildcard", { detail: { object: { key: [{ wildcard: "dags/*.py" }] } } }, true],
    ["wildcard that stands for nothing", { source: [{ wildcard: "aws.s3*" }] }, true],
    ["wildcard in several places", { resources: [{ wildcard: "arn:*:s3:*-dags" }] }, true],
    ["wildcard of something else", { detail: { object: { key: [{ wildcard: "dags/*.sql" }] } } }, false],
    ["wildcard whose ends would overlap", { source: [{ wildcard: "aws.s3*3" }] }, false],
    ["wildcard, a star itself", { source: [{ wildcard: "aws.s3\\*" }] }, false],
    ["prefix or exact", { detail: { object: { key: ["x", { prefix: "dags/" }] } } }, true],
    ["anything-but", { detail: { reason: [{ "anything-but": ["CopyObject"] }] } }, true],
    ["anything-but the value", { detail: { reason: [{ "anything-but": "PutObject" }] } }, false],
    ["anything-but on what is not there", { detail: { missing: [{ "anything-but": "x" }] } }, false],
    ["anything-but a prefix", { detail: { object: { key: [{ "anything-but": { prefix: "dags/" } }] } } }, false],
    ["exists", { detail: { reason: [{ exists: true }] } }, true],
    ["exists on what is not there", { detail: { missing: [{ exists: true }] } }, false],
    ["does not exist", { detail: { missing: [{ exists: false }] } }, true],
    ["numeric range", { detail: { object: { size: [{ numeric: [">", 0, "<=", 12] }] } } }, true],
    ["numeric out of range", { detail: { object: { size: [{ numeric: [">", 12] }] } } }, false],
    ["numeric on text", { detail: { reason: [{ numeric: ["=", 0] }] } }, false],
  ])("%s", (_, pattern, expected) => {
    expect(compilePattern(pattern)(event)).toBe(expected);
  });

  test.each<[unknown]>([
    [{}],
    ["text"],
    [{ source: "aws.s3" }],
    [{ source: [] }],
    [{ detail: {} }],
    [{ source: [{ wildcard: "aws.**" }] }],
    [{ source: [{ wildcard: 3 }] }],
    [{ source: [{ wildcard: "a\\b" }] }],
    [{ source: [{ cidr: "10.0.0.0/8" }] }],
    [{ source: [{ "equals-ignore-case": "AWS.S3" }] }],
    [{ source: [{ cidr: "10.0.0.0/8" }] }],
    [{ $or: [{ source: ["a"] }] }],
    [{ source: [{ prefix: "a", suffix: "b" }] }],
    [{ detail: { n: [{ numeric: ["!", 3] }] } }],
    [{ detail: { n: [{ numeric: [">", "3"] }] } }],
    [{ source: [{ exists: "yes" }] }],
    [{ source: [{ "anything-but": { wildcard: "x" } }] }],
    [{ source: [["nested"]] }],
  ])("it could not hold to is refused: %j", (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(expect.objectContaining({ name: "InvalidEventPatternException" }));
  });
});
