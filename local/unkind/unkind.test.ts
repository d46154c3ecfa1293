import { describe, expect, it } from "vitest";
import { chanceOf } from "./chance.ts";
import { type KindName, kinds } from "./kinds.ts";
import { createUnkind } from "./unkind.ts";

const quiet = () => undefined;
const names = Object.keys(kinds) as KindName[];

function decisions(seed: number, kind: KindName, subject: string, count: number, off: readonly KindName[] = []) {
  const unkind = createUnkind({ seed, off }, quiet);
  return Array.from({ length: count }, () => unkind.strikes(kind, subject));
}

describe("unkindness", () => {
  it("is the same again by the same seed, and another by another", () => {
    expect(decisions(7, "sqs-late", "q", 200)).toEqual(decisions(7, "sqs-late", "q", 200));
    expect(decisions(7, "sqs-late", "q", 200)).not.toEqual(decisions(8, "sqs-late", "q", 200));
  });

  it("to one subject does not depend on what was asked about others in between", () => {
    const unkind = createUnkind({ seed: 7 }, quiet);
    const mixed = Array.from({ length: 100 }, (_, at) => {
      for (let others = 0; others < at % 3; others++) unkind.strikes("sqs-late", "other");
      return unkind.strikes("sqs-late", "q");
    });
    expect(mixed).toEqual(decisions(7, "sqs-late", "q", 100));
  });

  it("to a thing named by a random id is that to its namesake in another run", () => {
    expect(decisions(7, "task-start-failure", "hangar-e5k2j9x0ab4-worker", 100)).toEqual(
      decisions(7, "task-start-failure", "hangar-ezz81m3n7q0-worker", 100),
    );
  });

  it.each(names)("%s strikes as often as said, and not at all when it is put off", (kind) => {
    const { oneIn, spared } = kinds[kind];
    const count = 20_000;
    const sizes = (off?: KindName[]) => decisions(3, kind, "subject", count, off).filter((size) => size !== undefined);
    const expected = count / (oneIn + spared);
    const strikes = sizes();
    expect(strikes.length).toBeGreaterThan(expected * 0.85);
    expect(strikes.length).toBeLessThan(expected * 1.15 + 1);
    expect(Math.max(...strikes)).toBeLessThan(1);
    expect(sizes([kind])).toEqual([]);
  });

  it("spares what it has just struck, so that a client's third attempt is not refused for the third time", () => {
    for (let seed = 0; seed < 20; seed++) {
      const struck = decisions(seed, "api-throttle", "sqs SendMessage", 5000).flatMap((size, at) =>
        size === undefined ? [] : [at],
      );
      expect(struck.length).toBeGreaterThan(10);
      for (const [at, place] of struck.entries()) expect(place - (struck[at - 1] ?? -10)).toBeGreaterThan(3);
    }
  });

  it("is told with its seed, kind and subject, once for each strike and never otherwise", () => {
    const lines: string[] = [];
    const unkind = createUnkind({ seed: 11 }, (line) => lines.push(line));
    const struck = Array.from({ length: 100 }, () => unkind.strikes("event-late", "rule")).filter(
      (size) => size !== undefined,
    );
    expect(lines).toHaveLength(struck.length);
    expect(lines.every((line) => /^unkind 11: event-late, rule, question \d+, size 0\.\d+$/.test(line))).toBe(true);
  });
});

describe("chance", () => {
  it("is even: each tenth of the range has its tenth of the numbers, also for words that differ at their end alone", () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let nth = 0; nth < 10_000; nth++) {
      const tenth = Math.floor(chanceOf(7, "subject", nth) * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.min(...tenths)).toBeGreaterThan(900);
    expect(Math.max(...tenths)).toBeLessThan(1100);
  });
});
