import { describe, expect, it } from "vitest";
import { md5OfAttributes, readMessageAttributes, selectAttributes } from "./message-attributes.ts";

const text = (StringValue: string, DataType = "String") => ({ DataType, StringValue });

describe("message attributes", () => {
  it("have the digest that AWS documents, whatever order they are written in", () => {
    // Computed apart from this code, by the steps in "Calculating the MD5 message digest for message attributes".
    const attributes = {
      "trace.id": text("äöü ✓"),
      blob: { DataType: "Binary.gzip", BinaryValue: Buffer.from([0, 1, 254, 255]).toString("base64") },
      attempt: text("3", "Number"),
    };
    expect(md5OfAttributes(attributes)).toBe("898a2394ae34de0ef2ecb4b97f56f77e");
    expect(md5OfAttributes({})).toBeUndefined();
  });

  it.each([
    ["a reserved name", { "AWS.x": text("x") }],
    ["a name with two dots", { "a..b": text("x") }],
    ["a name with a space", { "a b": text("x") }],
    ["no type", { a: { StringValue: "x" } }],
    ["a type of its own", { a: text("x", "Colour") }],
    ["an empty value", { a: text("") }],
    ["a number that is none", { a: text("three", "Number") }],
    ["bytes where text is declared", { a: { DataType: "String", BinaryValue: "AA==" } }],
    ["eleven of them", Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`a${index}`, text("x")]))],
  ])("with %s are refused", (_, MessageAttributes) => {
    expect(() => readMessageAttributes({ MessageAttributes }, "MessageAttributes")).toThrow();
  });

  it("are selected by name, by prefix and all at once", () => {
    const attributes = { "a.one": text("1"), "a.two": text("2"), ab: text("3") };
    const names = (...wanted: string[]) => Object.keys(selectAttributes(attributes, wanted));
    expect(names()).toEqual([]);
    expect(names("ab", "missing")).toEqual(["ab"]);
    expect(names("a.*")).toEqual(["a.one", "a.two", "ab"]);
    expect(names("a.one.*")).toEqual(["a.one"]);
    expect(names("All")).toHaveLength(3);
    expect(names(".*")).toHaveLength(3);
  });
});
