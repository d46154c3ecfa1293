import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mostLines, quotedLog, withLog } from "./quoted-log.ts";

const bytes = (lines: readonly string[]) => Buffer.byteLength(lines.join("\n"));

describe("the log a failure quotes", () => {
  it("is its last lines, oldest first, without empty ones and colours", () => {
    const lines = Array.from({ length: 30 }, (_, number) => `line ${number}`);
    expect(quotedLog([...lines, "", "  ", "\u001b[31mred\u001b[0m\r"])).toEqual([
      ...lines.slice(-mostLines + 1),
      "red",
    ]);
    expect(quotedLog([])).toEqual([]);
  });

  it("is bounded, whatever was written: twenty lines, 4 KB, 400 characters a line, no control characters", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 500, unit: "binary" }), { maxLength: 30 }), (lines) => {
        const log = quotedLog(lines);
        expect(log.length).toBeLessThanOrEqual(mostLines);
        expect(bytes(log)).toBeLessThanOrEqual(4_096);
        for (const line of log) expect(line.length).toBeLessThanOrEqual(400);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they must be gone
        expect(log.join("")).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f]/);
      }),
    );
  });

  const fernet = "81HqDtbqAywKSOumSha3BhWNOdQ26slT6K0YaZeZyPs=";
  it.each([
    ["sqlalchemy: postgresql://hangar_e1:s3cret-pass@10.0.0.1/hangar_e1 refused", "s3cret-pass"],
    ["redis://:s3cret-pass@cache:6379/0", "s3cret-pass"],
    ['{"password": "s3cret-pass", "user": "ann"}', "s3cret-pass"],
    ["SMTP_PASSWORD=s3cret-pass", "s3cret-pass"],
    ["https://pypi.example/simple?token=s3cret-pass&x=1", "s3cret-pass"],
    ["Authorization: Bearer s3cret-pass", "s3cret-pass"],
    [`InvalidToken: key ${fernet}`, fernet],
    ["AKIAIOSFODNN7EXAMPLE was refused", "AKIAIOSFODNN7EXAMPLE"],
    ["jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "c2lnbmF0dXJl"],
  ])("does not show what looks like a secret: %s", (line, secret) => {
    const [shown] = quotedLog([line]);
    expect(shown).not.toContain(secret);
    expect(shown).toContain("***");
  });

  it("leaves ordinary lines as they are", () => {
    const line =
      'psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "dag_run_uq" (app.py:12)';
    expect(quotedLog([line])).toEqual([line]);
  });
});

describe("a sentence with its log", () => {
  it("takes as many of the last lines as there is room for, and is itself never cut for them", () => {
    expect(withLog("It failed.", ["first", "second"], 1024)).toBe("It failed. Its log says last: first | second");
    expect(withLog("It failed.", ["first", "second"], 38)).toBe("It failed. Its log says last: second");
    expect(withLog("It failed.", ["first", "second"], 20)).toBe("It failed.");
    expect(withLog("It failed.", [], 20)).toBe("It failed.");
    expect(withLog("It failed at length.", ["x"], 9)).toBe("It failed");
    expect(withLog("It said:\n  one\r\ntwo.", ["x"], 99)).toBe("It said: | one | two. Its log says last: x");
  });

  it("is never longer than it may be, and keeps the end of the log", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.array(fc.string({ unit: "binary" })),
        fc.nat(1024),
        (sentence, lines, most) => {
          const log = quotedLog(lines);
          const text = withLog(sentence, log, most);
          expect(text.length).toBeLessThanOrEqual(most);
          expect(text).toMatch(/^.*$/); // the service model's pattern of an error's message
          if (text.includes(" Its log says last: ")) expect(text.endsWith(log.at(-1)!)).toBe(true);
        },
      ),
    );
  });
});
