import { describe, expect, it } from "vitest";
import { answerBytes, fittingRows } from "./answer-size.ts";
import type { ReleaseItem } from "./items.ts";
import { pageToken } from "./paging.ts";
import { mostAnswerBytes } from "./rest-bridge.ts";
import type { HistoryEntry } from "./release-history.ts";
import { releasesBelow, releaseDetails, releasePage } from "./release-view.ts";

const none = { count: 0, paths: [] };
const entry = (number: number, more: Partial<HistoryEntry> = {}): HistoryEntry => ({
  ...{ number, id: `r${number}-0`, manifest: "", outcome: "served" as const, createdAt: 1000, settledAt: 2000 },
  ...{ by: "anna", reason: "Checked and served.", changes: { added: none, changed: none, removed: none } },
  ...{ held: [], errors: [], leftOut: [], rollbackOf: null, unchecked: false, check: null },
  ...more,
});
const itemOf = (number: number, more: Partial<ReleaseItem> = {}): ReleaseItem =>
  ({ release: { number, id: `r${number}-0`, createdAt: 0 }, candidate: null, lastNumber: number, ...more }) as never;

/** Reads a whole list of this history, page by page. */
function walk(item: ReleaseItem, history: readonly HistoryEntry[], limit: number) {
  const shown: unknown[] = [];
  let token: string | undefined;
  for (let pages = 0; pages < 50; pages++) {
    const { below, chains } = releasesBelow(token);
    const entries = history.filter(({ number }) => below === undefined || number < below).slice(0, limit + 1);
    const page = releasePage(item, entries, { below, chains, limit });
    expect(page.Releases.length).toBeLessThanOrEqual(limit);
    shown.push(...page.Releases.map(({ Number: number, State }) => `${number} ${State}`));
    token = page.NextToken;
    if (token === undefined) return shown;
  }
  throw new Error("The list has no end.");
}

describe("the list of releases", () => {
  const history = [entry(5), entry(4, { outcome: "refused" }), entry(3), entry(2, { outcome: "held" }), entry(1)];
  const candidate = { number: 6, id: "r6-0", createdAt: 0, by: "anna", leftOut: [] };

  it.each([1, 2, 3, 4, 25])("shows each once, the newest first, %d a page, the candidate before all", (limit) => {
    const item = itemOf(5, { candidate, lastNumber: 6 } as never);
    expect(walk(item, history, limit)).toEqual([
      "6 CHECKING",
      "5 LIVE",
      "4 REFUSED",
      "3 REPLACED",
      "2 HELD",
      "1 REPLACED",
    ]);
  });

  it.each([1, 2, 25])("shows nothing that lost its race to be written: %d a page", (limit) => {
    const item = itemOf(5, { candidate, lastNumber: 6 } as never);
    const lost = [entry(7), entry(6), ...history];
    expect(walk(item, lost, limit)).toEqual(walk(item, history, limit));
  });

  it.each([1, 2, 3, 4, 25])(
    "shows no release whose pointer never moved, also where a page ends beside it: %d a page",
    (limit) => {
      const made = (number: number, base: number | null) =>
        entry(number, { base: base === null ? null : `r${base}-0` });
      const layer = (number: number, base: number | null) =>
        ({ ...made(number, null), kind: "layer", id: `l${number}-0`, base: base && `l${base}-0` }) as HistoryEntry;
      const noted = { number: 7, id: "l7-0", layer: null, recent: [] };
      const history = [
        made(8, 4),
        layer(7, 3),
        made(6, 4),
        layer(5, 3),
        made(4, 2),
        layer(3, null),
        made(2, 1),
        made(1, null),
      ];
      expect(walk(itemOf(8, { layer: noted }), history, limit)).toEqual([
        "8 LIVE",
        "7 LIVE",
        "4 REPLACED",
        "3 REPLACED",
        "2 REPLACED",
        "1 REPLACED",
      ]);
    },
  );

  it.each([1, 2, 3, 25])("shows what runs, where its entry is another's or was never written: %d a page", (limit) => {
    expect(walk(itemOf(7), [], limit)).toEqual(["7 LIVE"]);
    const others = [entry(8, { outcome: "held" }), entry(7, { id: "r7-other" }), entry(6), entry(5)];
    const item = itemOf(7, { lastNumber: 8 });
    expect(walk(item, others, limit)).toEqual(["8 HELD", "7 LIVE", "6 REPLACED", "5 REPLACED"]);
    expect(walk(item, [others[0]!], limit)).toEqual(["8 HELD", "7 LIVE"]);
  });

  it("ends a page before it grows beyond what an answer may have", () => {
    const long = "x".repeat(1000);
    const paths = { count: 100, paths: Array(100).fill(long) };
    const large = Array.from({ length: 25 }, (_, at) =>
      entry(25 - at, { changes: { added: paths, changed: paths, removed: paths } }),
    );
    const page = releasePage(itemOf(25), large, { below: undefined, limit: 25 });
    expect(page.Releases.length).toBeLessThan(25);
    expect(answerBytes(page)).toBeLessThan(6 * 1024 * 1024);
    expect(walk(itemOf(25), large, 25)).toHaveLength(25);
  });

  it("refuses a token of another list", () => {
    for (const token of [pageToken("first"), pageToken("0"), pageToken("123456789"), "made-up"])
      expect(() => releasesBelow(token)).toThrow("NextToken");
  });
});

describe("one release", () => {
  const files = (count: number) =>
    Array.from({ length: count }, (_, at) => ({
      path: `team/${at}.py`,
      versionId: "v",
      size: 1,
      sha256: "s".repeat(64),
    }));
  const manifest = (count: number) => ({ id: "r1-0", number: 1, createdAt: 0, files: files(count) });

  it("that does not fit into an answer is refused, with the limit and the way out; a part of it fits", () => {
    expect(() => releaseDetails({}, manifest(60_000), { prefix: "" })).toThrow(/60000 files.*6 MB.*\?Path=/);
    expect(releaseDetails({}, manifest(60_000), { prefix: "team/1.py" })).toEqual({
      Release: {
        FileCount: 60_000,
        SizeBytes: 60_000,
        Files: [{ Path: "team/1.py", VersionId: "v", Size: 1, Sha256: "s".repeat(64) }],
      },
    });
  });

  it("is compared by content: another version of the same bytes is no change", () => {
    const [a, b, c] = files(3);
    const before = { ...manifest(0), number: 7, files: [a!, b!] };
    const after = { ...manifest(0), files: [{ ...a!, versionId: "again" }, { ...b!, sha256: "t" }, c!] };
    expect(
      releaseDetails({}, after, { prefix: "", against: { manifest: before, number: 7, layer: undefined } })["Diff"],
    ).toEqual({
      Against: 7,
      Added: [{ Path: c!.path, VersionId: "v", Size: 1, Sha256: c!.sha256 }],
      Changed: [
        {
          Path: b!.path,
          Before: { VersionId: "v", Size: 1, Sha256: b!.sha256 },
          After: { VersionId: "v", Size: 1, Sha256: "t" },
        },
      ],
      Removed: [],
    });
  });
});

it("rows are cut where they no longer fit, never to none", () => {
  expect(fittingRows([1, 2, 3], {})).toEqual([1, 2, 3]);
  expect(fittingRows(["a".repeat(50), "b".repeat(50)], {}, 80)).toHaveLength(1);
  expect(fittingRows(["a".repeat(500), "b"], {}, 80)).toHaveLength(1);
  expect(fittingRows([], {})).toEqual([]);
  expect(mostAnswerBytes).toBeLessThan(6_000_000);
});
