import { describe, expect, it } from "vitest";
import { duration, table } from "./print.ts";

describe("a table", () => {
  // the tests' stdout is a pipe, as a script's is
  it("is tab-separated when piped, so that cut and awk can read it", () => {
    expect(process.stdout.isTTY).not.toBe(true);
    expect(
      table(
        ["name", "status"],
        [
          ["first", "AVAILABLE"],
          ["second", ""],
        ],
      ),
    ).toBe("NAME\tSTATUS\nfirst\tAVAILABLE\nsecond\t");
    expect(table(["name"], [])).toBe("NAME");
  });
});

describe("a duration", () => {
  it.each([
    [0, "0.0 s"],
    [8149, "8.1 s"],
    [59_900, "59.9 s"],
    [72_000, "1 min 12 s"],
    [3_600_000, "60 min 0 s"],
  ])("%d ms is %s", (milliseconds, text) => expect(duration(milliseconds)).toBe(text));
});
