import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type * as z from "zod";
import { type ModelShapes, schemaOf } from "./model-schema.ts";
import { mwaaShapes } from "./mwaa-model.generated.ts";

const messages = (schema: z.ZodType, value: unknown) =>
  schema.safeParse(value).error?.issues.map((issue) => issue.message) ?? [];

describe("the generated model", () => {
  it("is what contracts/ would generate now", () => {
    const generator = fileURLToPath(new URL("../../contracts/generate-model.mjs", import.meta.url));
    expect(() => execFileSync(process.execPath, [generator, "--check"], { stdio: "pipe" })).not.toThrow();
  });

  it("has a rule for every shape of the service", () => {
    for (const name of Object.keys(mwaaShapes)) expect(() => schemaOf(mwaaShapes, name), name).not.toThrow();
  });
});

describe("a shape the builder does not know", () => {
  it("is an error, not a schema that lets everything through", () => {
    expect(() => schemaOf({ Blob: { type: "blob" } }, "Blob")).toThrow(
      "The service model's type blob (Blob) has no rule here.",
    );
    expect(() => schemaOf({}, "Nothing")).toThrow("no shape named Nothing");
  });
});

describe("each type's bounds", () => {
  const shapes: ModelShapes = {
    Name: { type: "string", min: 2, max: 4, pattern: "[a-z]+" },
    Level: { type: "string", enum: ["LOW", "HIGH"] },
    Count: { type: "integer", min: 1, max: 5 },
    Ratio: { type: "double", min: 0 },
    On: { type: "boolean" },
    At: { type: "timestamp" },
    Names: { type: "list", member: { shape: "Name" }, min: 1, max: 2 },
    Map: { type: "map", key: { shape: "Name" }, value: { shape: "Count" }, max: 1 },
    Thing: { type: "structure", required: ["Name"], members: { Name: { shape: "Name" }, Count: { shape: "Count" } } },
  };

  it.each<[string, unknown, string[]]>([
    ["Name", "ab", []],
    ["Name", "a", ["Member must have length greater than or equal to 2"]],
    ["Name", "abcde", ["Member must have length less than or equal to 4"]],
    ["Name", "aB", ["Member must satisfy regular expression pattern: [a-z]+"]],
    ["Name", "ab\n", ["Member must satisfy regular expression pattern: [a-z]+"]],
    ["Name", 5, ["Member must be a string"]],
    ["Level", "HIGH", []],
    ["Level", "high", ["Member must satisfy enum value set: [LOW, HIGH]"]],
    ["Count", 5, []],
    ["Count", 0, ["Member must have value greater than or equal to 1"]],
    ["Count", 6, ["Member must have value less than or equal to 5"]],
    ["Count", 1.5, ["Member must be an integer"]],
    ["Count", "1", ["Member must be an integer"]],
    ["Ratio", 0.5, []],
    ["Ratio", "x", ["Member must be a number"]],
    ["On", "true", ["Member must be true or false"]],
    ["At", "2026-01-01", ["Member must be seconds since the epoch"]],
    ["Names", ["ab", "cd"], []],
    ["Names", [], ["Member must have length between 1 and 2"]],
    ["Names", ["ab", "ab", "ab"], ["Member must have length between 1 and 2"]],
    ["Names", "ab", ["Member must be a list"]],
    ["Map", { ab: 1 }, []],
    ["Map", { ab: 1, cd: 2 }, ["Member must have length between 0 and 1"]],
    ["Map", { aB: 1 }, ["Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-z]+]"]],
    ["Map", { ab: 9 }, ["Member must have value less than or equal to 5"]],
    ["Thing", { Name: "ab" }, []],
    ["Thing", {}, ["Member must not be null"]],
    ["Thing", { Name: null }, ["Member must not be null"]],
    ["Thing", [], ["Member must be an object"]],
  ])("%s %j", (shape, value, wanted) => {
    expect(messages(schemaOf(shapes, shape), value)).toEqual(wanted);
  });

  it("a member the model does not know is dropped, as the service does", () => {
    expect(schemaOf(shapes, "Thing").parse({ Name: "ab", Colour: "red" })).toEqual({ Name: "ab" });
  });
});
