import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitsGlob, fitsStars, fixedPrefix } from "./glob.ts";

const texts = fc.string({ unit: fc.constantFrom("a", "b", "\n", "."), maxLength: 8 });
const patterns = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "\n", "."), maxLength: 8 });
/** The same as a regular expression: slow on some, but known to be right. */
const fitsExpression = (pattern: string, text: string, one: string) =>
  new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("?", one).replaceAll("*", ".*")}$`, "s").test(text);

describe("IAM's wildcards", () => {
  it("are any run of characters and exactly one, line breaks among them", () => {
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        expect(fitsGlob(pattern, text)).toBe(fitsExpression(pattern, text, "."));
      }),
      { numRuns: 2000 },
    );
  });

  it("are stars alone where a question mark stands for itself", () => {
    const withMarks = fc.string({ unit: fc.constantFrom("a", "b", "?"), maxLength: 8 });
    fc.assert(
      fc.property(patterns, withMarks, (pattern, text) => {
        expect(fitsStars(pattern, text)).toBe(fitsExpression(pattern, text, "\\?"));
      }),
      { numRuns: 2000 },
    );
  });

  it("begin with what every text that fits begins with", () => {
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        fc.pre(fitsGlob(pattern, text));
        expect(text.startsWith(fixedPrefix(pattern))).toBe(true);
      }),
    );
  });

  it("of a hostile pattern are decided at once: many stars before what is not there", () => {
    expect(fitsGlob(`${"*a".repeat(500)}b`, "a".repeat(5000))).toBe(false);
  });
});
