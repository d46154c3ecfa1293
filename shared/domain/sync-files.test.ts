import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReleaseItem } from "./items.ts";
import type { Manifest, ManifestFile } from "./release.ts";
import type { Check } from "./release-check.ts";
import type { HistoryEntry } from "./release-history.ts";
import { bucketFiles, type FileRow, syncRows } from "./sync-files.ts";
import type { SeenBucket, SyncSources } from "./sync-view.ts";

const minute = 60_000;
const file = (path: string, content: string, more: Partial<ManifestFile> = {}): ManifestFile => ({
  ...{ path, versionId: `v-${content}`, size: content.length, sha256: content },
  ...more,
});
const manifest = (number: number, files: readonly ManifestFile[]): Manifest => ({
  ...{ id: `r${number}-0`, number, createdAt: number * minute, files },
});
const none = { count: 0, paths: [] };
const entry = (number: number, more: Partial<HistoryEntry> = {}): HistoryEntry => ({
  ...{ number, id: `r${number}-0`, manifest: `releases/r${number}-0.json`, outcome: "served" as const },
  ...{ createdAt: number * minute, settledAt: number * minute, by: "anna", reason: "Checked and served." },
  ...{ changes: { added: none, changed: none, removed: none }, held: [], errors: [], leftOut: [] },
  ...{ rollbackOf: null, unchecked: false, check: null },
  ...more,
});
const error = { message: "NameError: x", line: 3, traceback: "Traceback" };
const checkedFile = (more: Partial<Check["files"][string]> = {}): Check["files"][string] => ({
  ...{ state: "ok" as const, dagIds: ["x"], error: null, before: "ok" as const, missing: null },
  ...more,
});
const failed = checkedFile({ state: "failed", dagIds: [], error });
const check = (number: number, files: Check["files"], more: Partial<Check> = {}): Check => ({
  ...{ schema: 1 as const, candidate: `r${number}-0`, base: `r${number - 1}-0`, taskId: "t", at: 0, seconds: 1 },
  ...{ state: "checked" as const, problem: null, files, held: [] },
  ...more,
});
const item = (number: number, candidate?: number): ReleaseItem =>
  ({
    ...{ generation: 1, seen: "", lastNumber: candidate ?? number },
    release: { number, id: `r${number}-0`, createdAt: number * minute },
    candidate: candidate === undefined ? null : { number: candidate, id: `r${candidate}-0` },
  }) as never;
const seenOf = (number: number, files: readonly ManifestFile[], more: Partial<SeenBucket> = {}): SeenBucket => ({
  ...{ number, files, leftOut: [], at: number * minute, history: undefined, check: undefined },
  ...more,
});

/** Release 12 runs `live` since minute 12; it is now half a minute later. */
function sources(live: readonly ManifestFile[], more: Partial<SyncSources> & { checked?: Check["files"] } = {}) {
  const made = manifest(12, live);
  const checked = more.checked && check(12, more.checked);
  return {
    item: item(12),
    live: { manifest: made, history: entry(12), check: checked, base: entry(11) },
    seen: seenOf(12, bucketFiles(made)),
    ...{
      candidateChecked: false,
      status: undefined,
      reports: [],
      problem: undefined,
      lastEventAt: undefined,
      offer: undefined,
      now: 12.5 * minute,
    },
    ...more,
  } satisfies SyncSources;
}
const parsed = (release: string | null, parsedAt: number | null, more: object = {}) => ({
  ...{ release, parsedAt, dagIds: ["x"], error: null },
  ...more,
});
const statusOf = (files: Record<string, ReturnType<typeof parsed>>) => ({
  ...{ schema: 1 as const, at: 0, release: "r12-0", files },
});
const only = (given: SyncSources): FileRow => {
  const rows = syncRows(given, "dags/");
  expect(rows).toHaveLength(1);
  return rows[0]!;
};

describe("a served file", () => {
  const a = [file("a.py", "1")];
  const readme = [file("a.md", "1")];
  it.each<[string, FileRow["state"], SyncSources]>([
    [
      "is LIVE once Airflow parsed it from this release",
      "LIVE",
      sources(a, { status: statusOf({ "a.py": parsed("r12-0", 1) }) }),
    ],
    [
      "is COPIED while Airflow has it from an older one",
      "COPIED",
      sources(a, { status: statusOf({ "a.py": parsed("r11-0", 1) }) }),
    ],
    [
      "is LIVE from the release before, where this one's check did not have to import it",
      "LIVE",
      sources(a, { checked: {}, status: statusOf({ "a.py": parsed("r11-0", 1) }) }),
    ],
    [
      "is COPIED from the release before, where this one's check imported it",
      "COPIED",
      sources(a, { checked: { "a.py": checkedFile() }, status: statusOf({ "a.py": parsed("r11-0", 1) }) }),
    ],
    [
      "is LIVE by the time of its parse, where Airflow knows no releases",
      "LIVE",
      sources(a, { status: statusOf({ "a.py": parsed(null, 12 * 60 + 1) }) }),
    ],
    [
      "is COPIED by the time of its parse",
      "COPIED",
      sources(a, { status: statusOf({ "a.py": parsed(null, 12 * 60 - 1) }) }),
    ],
    [
      "is FAILED with Airflow's error",
      "FAILED",
      sources(a, { status: statusOf({ "a.py": parsed("r12-0", 1, { dagIds: [], error }) }) }),
    ],
    ["is FAILED with its check's error before Airflow says so", "FAILED", sources(a, { checked: { "a.py": failed } })],
    [
      "is not FAILED for what an older release did",
      "COPIED",
      sources(a, {
        checked: { "a.py": checkedFile() },
        status: statusOf({ "a.py": parsed("r10-0", 1, { dagIds: [], error }) }),
      }),
    ],
    [
      "has NO_DAG when its check found none",
      "NO_DAG",
      sources(a, { checked: { "a.py": checkedFile({ dagIds: [] }) } }),
    ],
    ["has NO_DAG when it is no Python", "NO_DAG", sources(readme)],
    ["is COPIED while Airflow has not had its time", "COPIED", sources(a, { status: statusOf({}) })],
    ["has NO_DAG when Airflow had its time", "NO_DAG", sources(a, { status: statusOf({}), now: 14 * minute })],
    ["is COPIED for as long as nobody says what Airflow parsed", "COPIED", sources(a, { now: 14 * minute })],
  ])("%s", (_, state, given) => {
    expect(only(given).state).toBe(state);
  });

  it("has its DAG ids from Airflow, before that from the check", () => {
    const checked = { "a.py": checkedFile({ dagIds: ["checked"] }) };
    expect(only(sources(a, { checked })).dagIds).toEqual(["checked"]);
    expect(only(sources(a, { checked, status: statusOf({ "a.py": parsed("r12-0", 7) }) }))).toMatchObject({
      ...{ dagIds: ["x"], parsedAt: 7, parsedRelease: 12 },
    });
  });
});

describe("what is not served", () => {
  const broken = { versionId: "v-2", size: 1, sha256: "2", reason: "a.py: NameError" };

  it("is HELD with the reason and the check's error; the good bytes go on", () => {
    const held = sources([file("a.py", "1", { held: broken })], { checked: { "a.py": failed } });
    expect(only({ ...held, status: statusOf({ "a.py": parsed("r12-0", 1) }) })).toMatchObject({
      ...{ state: "HELD", versionId: "v-2", served: { versionId: "v-1", release: 12 }, error },
      ...{ held: { versionId: "v-2", reason: "a.py: NameError" }, dagIds: ["x"] },
    });
  });

  it("of a file that was deleted and is still needed says that it is gone", () => {
    const gone = { versionId: null, size: null, sha256: null, reason: "b.py imports it" };
    expect(only(sources([file("a.py", "1", { held: gone })]))).toMatchObject({
      ...{ state: "HELD", versionId: null, held: { versionId: null, reason: "b.py imports it" } },
    });
  });

  it("of a release that was held whole has that release's reason and error", () => {
    const history = entry(13, { outcome: "held", held: [{ path: "a.py", reason: "it broke" }] });
    const seen = seenOf(13, [file("a.py", "2")], { history, check: check(13, { "a.py": failed }) });
    expect(only(sources([file("a.py", "1")], { seen }))).toMatchObject({
      ...{ state: "HELD", versionId: "v-2", held: { versionId: "v-2", reason: "it broke" }, error },
    });
  });

  it("of a refused release has the reason of the whole", () => {
    const history = entry(13, { outcome: "refused", reason: "all or nothing" });
    const rows = syncRows(
      sources([file("a.py", "1")], { seen: seenOf(13, [file("b.py", "2")], { history }) }),
      "dags/",
    );
    expect(rows.map(({ path, state, held, served }) => [path, state, held?.reason, served?.versionId])).toEqual([
      ["a.py", "HELD", "all or nothing", "v-1"],
      ["b.py", "HELD", "all or nothing", undefined],
    ]);
  });

  it("after a rollback has the rollback's sentence", () => {
    const rolled = sources([file("a.py", "1")], { seen: seenOf(11, [file("a.py", "2")], { history: entry(11) }) });
    const history = entry(12, { rollbackOf: 3, reason: "Rolled back to release 3." });
    expect(only({ ...rolled, live: { ...rolled.live, history } }).held?.reason).toBe("Rolled back to release 3.");
  });

  it("is CHECKING while it is part of the candidate, but what was held before and did not change is HELD", () => {
    const live = [file("a.py", "1"), file("b.py", "1", { held: broken }), file("c.py", "1")];
    const seen = seenOf(13, [file("b.py", "2"), file("c.py", "3"), file("d.py", "1")]);
    const rows = syncRows(sources(live, { item: item(12, 13), seen }), "dags/");
    expect(rows.map(({ path, state, versionId }) => [path, state, versionId])).toEqual([
      ["a.py", "CHECKING", null],
      ["b.py", "HELD", "v-2"],
      ["c.py", "CHECKING", "v-3"],
      ["d.py", "CHECKING", "v-1"],
    ]);
  });

  it("is no longer held when the bucket holds again what runs", () => {
    const back = sources([file("a.py", "1", { held: broken })], { seen: seenOf(12, [file("a.py", "1")]) });
    expect(only(back)).toMatchObject({ state: "COPIED", held: null, versionId: "v-1" });
  });

  it("is not held where the same bytes were uploaded again: the newest version is shown", () => {
    const again = sources([file("a.py", "1")], { seen: seenOf(12, [file("a.py", "1", { versionId: "again" })]) });
    expect(only(again)).toMatchObject({
      state: "COPIED",
      held: null,
      versionId: "again",
      served: { versionId: "v-1" },
    });
  });

  it("is LEFT_OUT with the reason, also where an older state of it runs", () => {
    const leftOut = [{ key: "dags/a.py", reason: "too large" }];
    const rows = only(sources([file("a.py", "1")], { seen: seenOf(12, [], { leftOut }) }));
    expect(rows).toMatchObject({ state: "LEFT_OUT", held: { reason: "too large" }, served: { versionId: "v-1" } });
  });
});

it("every path of the bucket, of what runs and of what was left out has one row, in order, and one that tells the truth", () => {
  const anyFiles = fc.uniqueArray(
    fc.record({
      path: fc.constantFrom<string>("a.py", "b.py", "c/d.py", "e.md", "f.zip"),
      content: fc.constantFrom("1", "2"),
    }),
    { selector: ({ path }) => path },
  );
  const made = (all: readonly { path: string; content: string }[]) =>
    all.map(({ path, content }) => file(path, content));
  const anyCheck = fc.dictionary(fc.constantFrom("a.py", "b.py"), fc.constantFrom(checkedFile(), failed));
  const anyLeftOut = fc.uniqueArray(fc.constantFrom<string>("dags/a.py", "dags/x\\y"));
  fc.assert(
    fc.property(
      anyFiles,
      anyFiles,
      anyLeftOut,
      anyCheck,
      fc.constantFrom(12, 13, 14),
      (live, bucket, keys, checked, at) => {
        const listed = bucket.filter(({ path }) => !keys.includes(`dags/${path}`));
        const leftOut = keys.map((key) => ({ key, reason: "unfit" }));
        const given = sources(made(live), {
          ...{ seen: seenOf(at, made(listed), { leftOut }), checked },
          item: at === 13 ? item(12, 13) : item(12),
        });
        const rows = syncRows(given, "dags/");
        const paths = [...live, ...listed].map(({ path }) => path).concat(keys.map((key) => key.slice(5)));
        expect(rows.map(({ path }) => path)).toEqual([...new Set(paths)].toSorted());
        for (const row of rows) {
          expect(row.served !== null).toBe(live.some(({ path }) => path === row.path));
          expect(row.held !== null).toBe(row.state === "HELD" || row.state === "LEFT_OUT");
          if (row.state === "FAILED") expect(row.error).not.toBeNull();
          if (["LIVE", "COPIED", "NO_DAG", "FAILED"].includes(row.state))
            expect(row.versionId).toBe(row.served?.versionId);
        }
      },
    ),
  );
});
