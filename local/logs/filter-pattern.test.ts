import { describe, expect, it } from "vitest";
import { filterPattern } from "./filter-pattern.ts";

describe("filter patterns", () => {
  it.each([
    ["", "anything", true],
    ["ERROR", "an ERROR here", true],
    ["ERROR", "an error here", false],
    ["a b", "b then a", true],
    ["a b", "only a", false],
    ['"a b"', "b then a b", true],
    ['"a b"', "a  b", false],
    ["?a ?b", "b", true],
    ["?a ?b", "c", false],
    ["x ?a", "x", true],
    ["-a", "b", true],
    ["-a", "ab", false],
    ['x -"y z"', "x y z", false],
    [String.raw`"say \"hi\""`, 'they say "hi"', true],
    ["grün", "es ist grün", true],
  ])("%s on %j is %s", (pattern, message, matches) => {
    expect(filterPattern(pattern)(message)).toBe(matches);
  });

  it.each(["{ $.a = 1 }", "[a, b]", "%a.*b%", "-%x%", '"open', 'a"b"', "a:b", "(a)"])("%s is refused", (pattern) => {
    expect(() => filterPattern(pattern)).toThrow(/Invalid filter pattern/);
  });
});
