import fc from "fast-check";
import { expect, test } from "vitest";
import { type ListingStart, listPage, startAfterPrefix, successor } from "./listing.ts";

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const character = fc.constantFrom("a", "b", "/", "é", "\ud7ff", "\ue000", "\uffff", "\u{10ffff}");
const word = (maxLength: number) => fc.string({ unit: character, maxLength });

test("the successor of a prefix is above every text with it, and no text without it lies between", () => {
  fc.assert(
    fc.property(word(4), word(4), word(4), (prefix, rest, other) => {
      const next = successor(prefix);
      if (next === undefined) return;
      expect(byBytes(prefix + rest, next)).toBeLessThan(0);
      if (byBytes(other, prefix) > 0 && byBytes(other, next) < 0) expect(other.startsWith(prefix)).toBe(true);
    }),
  );
});

test("the pages of a listing join to exactly the keys and common prefixes there are, in order", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(word(5), { maxLength: 25 }),
      word(2),
      fc.constantFrom("", "/", "a", "b/"),
      fc.integer({ min: 1, max: 6 }),
      (keys, prefix, delimiter, limit) => {
        const sorted = keys.toSorted(byBytes);
        const read = (start: ListingStart, end: string, count: number) =>
          sorted
            .filter((key) => ("from" in start ? byBytes(key, start.from) >= 0 : byBytes(key, start.after) > 0))
            .filter((key) => byBytes(key, end) < 0)
            .slice(0, count)
            .map((key) => ({ key }));
        const found: string[] = [];
        let start: ListingStart | undefined;
        for (let page = 0; page <= keys.length; page += 1) {
          const { rows, commonPrefixes, next } = listPage(
            { bucket: "", prefix, delimiter, limit },
            start,
            read,
            ({ key }) => ({
              after: key,
            }),
          );
          expect(rows.length + commonPrefixes.length).toBeLessThanOrEqual(limit);
          found.push(...[...rows.map(({ key }) => key), ...commonPrefixes].sort(byBytes));
          if (!next) break;
          start = "row" in next ? { after: next.row.key } : startAfterPrefix(next.commonPrefix);
          if (!start) break;
        }
        const expected = sorted
          .filter((key) => key.startsWith(prefix))
          .map((key) => {
            const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
            return at < 0 ? key : key.slice(0, at + delimiter.length);
          });
        expect(found).toEqual([...new Set(expected)]);
      },
    ),
    { numRuns: 500 },
  );
});
