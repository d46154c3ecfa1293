import { describe, expect, it } from "vitest";
import type { ReleaseItem } from "./items.ts";
import type { HistoryEntry } from "./release-history.ts";
import { type Chains, chainsOf, follow, happened } from "./release-chain.ts";

type Entry = Pick<HistoryEntry, "kind" | "number" | "id" | "base" | "outcome">;
const files = (number: number, base: number | null, more: Partial<Entry> = {}): Entry => ({
  ...{ number, id: `r${number}-a`, base: base === null ? null : `r${base}-a`, outcome: "served" as const },
  ...more,
});
const layer = (number: number, base: number | null): Entry => ({
  ...{ kind: "layer" as const, number, id: `l${number}-a`, base: base === null ? null : `l${base}-a` },
  outcome: "served",
});
const old = (number: number): Entry => {
  const { base: _, ...entry } = files(number, null);
  return entry;
};
const item = (live: number, noted: number | null, lastNumber: number): ReleaseItem =>
  ({ release: { id: `r${live}-a`, number: live }, layer: { id: noted && `l${noted}-a` }, lastNumber }) as never;

interface Case {
  readonly title: string;
  readonly item: ReleaseItem;
  /** The highest first. */
  readonly history: readonly Entry[];
  readonly told: readonly string[];
}
const id = (number: number) => `r${number}-a`;
const cases: readonly Case[] = [
  {
    title: "what ran, one after the other, is all told",
    item: item(3, null, 3),
    history: [files(3, 2), files(2, 1), files(1, null)],
    told: [id(3), id(2), id(1)],
  },
  {
    title: "a candidate that a rollback dropped, while another hand settled it, never ran",
    item: item(3, null, 3),
    history: [files(3, 1), files(2, 1), files(1, null)],
    told: [id(3), id(1)],
  },
  {
    title: "what was held or refused is told, wherever it stands",
    item: item(4, null, 4),
    history: [files(4, 1), files(3, 1, { outcome: "held" }), files(2, 1, { outcome: "refused" }), files(1, null)],
    told: [id(4), id(3), id(2), id(1)],
  },
  {
    title: "layers and files have a chain each",
    item: item(5, 4, 6),
    history: [layer(6, 4), files(5, 2), layer(4, 3), layer(3, null), files(2, 1), files(1, null)],
    told: [id(5), "l4-a", "l3-a", id(2), id(1)],
  },
  {
    title: "entries from before they named their base are believed",
    item: item(3, null, 3),
    history: [files(3, 2), old(2), old(1)],
    told: [id(3), id(2), id(1)],
  },
  {
    title: "where an entry is gone, what lies below is believed",
    item: item(4, null, 4),
    history: [files(4, 3), files(2, 1), files(1, null)],
    told: [id(4), id(2), id(1)],
  },
  {
    title: "an entry that a loser wrote over is not told, what lies below is believed",
    item: item(3, null, 3),
    history: [files(3, 2), files(2, 1, { id: "r2-other" }), files(1, null)],
    told: [id(3), id(1)],
  },
  {
    title: "what runs, held by the word of who lost, is not told as held",
    item: item(2, null, 2),
    history: [files(2, 1, { outcome: "held" }), files(1, null)],
    told: [id(1)],
  },
];

describe("of the history is told what really happened", () => {
  it.each(cases)("$title", (one) => {
    let chains: Chains = chainsOf(one.item);
    const told = one.history.filter((entry) => {
      const step = follow(chains, entry);
      chains = step.chains;
      return step.isTrue;
    });
    expect(told.map((entry) => entry.id)).toEqual(one.told);
  });

  it.each(cases.slice(0, 6))("asked for one by one: $title", async (one) => {
    const read = async (number: number) => one.history.find((entry) => entry.number === number) as HistoryEntry;
    const told: string[] = [];
    for (const entry of one.history) if (await happened(entry as HistoryEntry, one.item, read)) told.push(entry.id);
    expect(told).toEqual(one.told);
  });

  it("one is told with a look at few others, however long the history is", async () => {
    const history = Array.from({ length: 200 }, (_, at) => files(at + 1, at === 0 ? null : at));
    let reads = 0;
    const read = async (number: number) => {
      reads++;
      return history[number - 1] as HistoryEntry;
    };
    expect(await happened(history[4] as HistoryEntry, item(200, null, 200), read)).toBe(true);
    expect(reads).toBe(1);
    reads = 0;
    const lost = files(5, 3, { id: "r5-lost" }) as HistoryEntry;
    await happened(lost, item(200, null, 200), read);
    expect(reads).toBeLessThan(30);
  });

  it("one that lost its race long ago is not told: what came after was made against another", async () => {
    const history = [files(1, null), files(2, 1), files(3, 1), files(4, 3), files(5, 4)];
    const read = async (number: number) => history[number - 1] as HistoryEntry;
    expect(await happened(history[1] as HistoryEntry, item(5, null, 5), read)).toBe(false);
    expect(await happened(history[2] as HistoryEntry, item(5, null, 5), read)).toBe(true);
  });
});
