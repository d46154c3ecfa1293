import { describe, expect, it } from "vitest";
import { sha256 } from "../testing/planned.ts";
import { brokenDagPolicy, offerRelease, rollBack, settleCandidate } from "./candidate.ts";
import type { ReleaseItem } from "./items.ts";
import type { Manifest, ManifestFile } from "./release.ts";
import type { Check } from "./release-check.ts";

const environment = { environmentName: "first", environmentId: "e1" };
const context = { digest: sha256, now: 1000, by: "someone" };
const file = (path: string, content: string): ManifestFile => ({
  path,
  versionId: `v-${content}`,
  size: content.length,
  sha256: sha256(content),
});
const files = (contents: Record<string, string>) => Object.entries(contents).map(([path, text]) => file(path, text));
const offer = (contents: Record<string, string>, current?: ReleaseItem) =>
  offerRelease(environment, files(contents), [], current, context);
const served = (manifest: Manifest) => Object.fromEntries(manifest.files.map(({ path, sha256: hash }) => [path, hash]));
const hashes = (contents: Record<string, string>) =>
  Object.fromEntries(Object.entries(contents).map(([path, text]) => [path, sha256(text)]));

/** An environment that runs `before`, with a candidate of `after`. */
function underCheck(before: Record<string, string>, after: Record<string, string>) {
  const first = offer(before);
  if (first.kind !== "first") throw new Error(first.kind);
  const next = offer(after, first.item);
  if (next.kind !== "candidate") throw new Error(next.kind);
  const item = { ...next.item, candidate: next.item.candidate! };
  return { item, manifests: { base: first.manifest, candidate: next.manifest } };
}

const checkOf = (item: ReleaseItem, changes: Partial<Check> = {}): Check => ({
  schema: 1,
  candidate: item.candidate!.id,
  base: item.release.id,
  taskId: "t",
  at: 1,
  seconds: 1,
  state: "checked",
  problem: null,
  files: {},
  held: [],
  ...changes,
});
const settle = (
  { item, manifests }: ReturnType<typeof underCheck>,
  check: Check | undefined,
  how: { now?: number; policy?: "keep" | "refuse" } = {},
) =>
  settleCandidate(item, manifests, check, {
    digest: sha256,
    now: how.now ?? 2000,
    policy: how.policy ?? "keep",
    deadlineSeconds: 120,
  });
function settled(...input: Parameters<typeof settle>) {
  const settlement = settle(...input);
  if (settlement.kind !== "settled") throw new Error(settlement.kind);
  return settlement;
}
const because = "a.py: NameError";

describe("a listing", () => {
  it("is at first served as it is: nothing that worked can break, and nobody is there to check it", () => {
    expect(offer({ "a.py": "1" })).toMatchObject({
      kind: "first",
      item: { generation: 1, candidate: null, lastNumber: 1, release: { number: 1 } },
      history: { outcome: "served", unchecked: true, changes: { added: { count: 1, paths: ["a.py"] } } },
    });
  });

  it("that was seen changes nothing, under whatever versions", () => {
    const { item } = underCheck({ "a.py": "1" }, { "a.py": "2" });
    const idle = { ...item, candidate: null };
    const listed = files({ "a.py": "2" }).map((one) => ({ ...one, versionId: "other" }));
    expect(offerRelease(environment, listed, [], idle, context)).toEqual({ kind: "unchanged" });
  });

  it("becomes a candidate beside what runs, with a number of its own", () => {
    const { item } = underCheck({ "a.py": "1" }, { "a.py": "2" });
    expect(item).toMatchObject({ generation: 2, release: { number: 1 }, candidate: { number: 2, by: "someone" } });
  });

  it("waits while another candidate is being checked", () => {
    const { item } = underCheck({ "a.py": "1" }, { "a.py": "2" });
    expect(offer({ "a.py": "3" }, item)).toEqual({ kind: "busy" });
  });

  it("that is what runs again, after a change that was refused, is only noted", () => {
    const { item } = underCheck({ "a.py": "1" }, { "a.py": "2" });
    const back = offer({ "a.py": "1" }, { ...item, candidate: null });
    expect(back).toMatchObject({ kind: "noted", item: { release: { number: 1 }, candidate: null, lastNumber: 2 } });
  });
});

describe("a candidate", () => {
  it("waits for its check, and is served unchecked when nobody answers in time", () => {
    const subject = underCheck({ "a.py": "1" }, { "a.py": "2" });
    expect(settle(subject, undefined, { now: 120_999 })).toEqual({ kind: "wait" });
    expect(settled(subject, undefined, { now: 121_000 })).toMatchObject({
      item: { release: { number: 2 }, candidate: null },
      history: { outcome: "served", unchecked: true, reason: expect.stringContaining("no scheduler answered") },
    });
  });

  it("whose check found nothing runs as it is, under the id the agents have staged", () => {
    const subject = underCheck({ "a.py": "1" }, { "a.py": "2" });
    const { item, manifest, history } = settled(subject, checkOf(subject.item));
    expect(item.release.id).toBe(subject.item.candidate.id);
    expect(manifest).toBeNull();
    expect(history).toMatchObject({ outcome: "served", unchecked: false, changes: { changed: { paths: ["a.py"] } } });
  });

  it("that could not be checked is served, and the reason says why it was not checked", () => {
    const subject = underCheck({ "a.py": "1" }, { "a.py": "2" });
    const check = checkOf(subject.item, { state: "impossible", problem: "the checker does not start" });
    expect(settled(subject, check).history).toMatchObject({
      outcome: "served",
      unchecked: true,
      reason: "Served unchecked: the checker does not start.",
    });
  });

  it("keeps the last good bytes of what it breaks, and the rest of it goes live", () => {
    const subject = underCheck({ "a.py": "1", "b.py": "1" }, { "a.py": "broken", "b.py": "2", "c.py": "new" });
    const check = checkOf(subject.item, {
      held: [{ path: "a.py", because }],
      files: {
        "a.py": {
          state: "failed",
          dagIds: [],
          error: { message: "NameError", line: 3, traceback: "…" },
          before: "ok",
          missing: null,
        },
      },
    });
    const { item, manifest, history } = settled(subject, check);
    expect(served(manifest!)).toEqual(hashes({ "a.py": "1", "b.py": "2", "c.py": "new" }));
    expect(item.release).toMatchObject({ number: 2, id: manifest!.id });
    expect(manifest!.files[0]!.held).toEqual({
      versionId: "v-broken",
      size: 6,
      sha256: sha256("broken"),
      reason: because,
    });
    expect(history).toMatchObject({
      held: [{ path: "a.py", reason: because }],
      errors: [{ path: "a.py", message: "NameError", line: 3 }],
      changes: { added: { paths: ["c.py"] }, changed: { paths: ["b.py"] } },
    });
  });

  it("keeps a removed file that a DAG still needs", () => {
    const subject = underCheck({ "a.py": "1", "b.py": "1" }, { "b.py": "2" });
    const { manifest } = settled(subject, checkOf(subject.item, { held: [{ path: "a.py", because }] }));
    expect(served(manifest!)).toEqual(hashes({ "a.py": "1", "b.py": "2" }));
    expect(manifest!.files.find(({ path }) => path === "a.py")!.held).toEqual({
      ...{ versionId: null, size: null, sha256: null },
      reason: because,
    });
  });

  it("of which nothing would be new leaves what runs alone", () => {
    const subject = underCheck({ "a.py": "1" }, { "a.py": "broken" });
    const { item, manifest, history } = settled(subject, checkOf(subject.item, { held: [{ path: "a.py", because }] }));
    expect([item.release.number, manifest, history.outcome]).toEqual([1, null, "held"]);
    expect(item).toMatchObject({ candidate: null, lastNumber: 2 });
  });

  it("is refused whole where the environment's tag asks for all or nothing", () => {
    expect(brokenDagPolicy({ "hangar:broken-dags": "refuse" })).toBe("refuse");
    expect(brokenDagPolicy({})).toBe("keep");
    const subject = underCheck({ "a.py": "1", "b.py": "1" }, { "a.py": "broken", "b.py": "2" });
    const check = checkOf(subject.item, { held: [{ path: "a.py", because }] });
    const { item, history } = settled(subject, check, { policy: "refuse" });
    expect([item.release.number, item.candidate, history.outcome]).toEqual([1, null, "refused"]);
  });

  it("holds nothing back on a claim that makes no sense: unknown or unchanged paths", () => {
    const subject = underCheck({ "a.py": "1", "b.py": "1" }, { "a.py": "1", "b.py": "2", "c.py": "new" });
    const held = ["nowhere.py", "a.py", "../outside"].map((path) => ({ path, because }));
    const { manifest, item } = settled(subject, checkOf(subject.item, { held }));
    expect([manifest, item.release.id]).toEqual([null, subject.item.candidate.id]);
  });

  it("leaves a new file out that breaks what worked, and keeps on record what lies in the bucket", () => {
    const subject = underCheck({ "a.py": "1" }, { "a.py": "1", "b.py": "2", "data/bad.csv": "bad" });
    const check = checkOf(subject.item, { held: [{ path: "data/bad.csv", because }] });
    const { manifest, history } = settled(subject, check);
    expect(served(manifest!)).toEqual(hashes({ "a.py": "1", "b.py": "2" }));
    expect(manifest!.withheld).toMatchObject([{ path: "data/bad.csv", sha256: sha256("bad") }]);
    expect(history).toMatchObject({ outcome: "served", held: [{ path: "data/bad.csv", reason: because }] });
  });

  it("never holds a removed file where a folder of its name, or a file of its folder's name, is now", () => {
    for (const [before, after] of [
      [{ a: "1" }, { "a/b.py": "2" }],
      [{ "a/b.py": "1" }, { a: "2" }],
    ] as const) {
      const subject = underCheck(
        before as unknown as Record<string, string>,
        after as unknown as Record<string, string>,
      );
      const held = [{ path: Object.keys(before)[0]!, because }];
      expect(settled(subject, checkOf(subject.item, { held })).manifest).toBeNull();
    }
  });

  it("is not settled by a check of another candidate or against another base", () => {
    const subject = underCheck({ "a.py": "1" }, { "a.py": "2" });
    for (const stale of [{ candidate: "r9-other" }, { base: "r0-other" }, { base: null }])
      expect(settle(subject, checkOf(subject.item, stale))).toEqual({ kind: "wait" });
  });
});

describe("a rollback", () => {
  const live = () => {
    const subject = underCheck({ "a.py": "1" }, { "a.py": "2" });
    const { item } = settled(subject, checkOf(subject.item));
    return { item, target: subject.manifests.base, base: subject.manifests.candidate };
  };

  it("is a release of its own with the earlier one's files, and stands until the bucket changes", () => {
    const { item, ...manifests } = live();
    const back = rollBack(item, manifests, context);
    expect(back.item).toMatchObject({ generation: item.generation + 1, release: { number: 3 }, lastNumber: 3 });
    expect(served(back.manifest)).toEqual(hashes({ "a.py": "1" }));
    expect(back.history).toMatchObject({ rollbackOf: 1, by: "someone", changes: { changed: { count: 1 } } });
    expect(offer({ "a.py": "2" }, back.item)).toEqual({ kind: "unchanged" });
    expect(offer({ "a.py": "2", "b.py": "1" }, back.item)).toMatchObject({ kind: "candidate" });
  });

  it("drops the candidate under way", () => {
    const { item, manifests } = underCheck({ "a.py": "1" }, { "a.py": "2" });
    const older = { ...manifests.base, number: 7, files: files({ "a.py": "0" }) };
    expect(rollBack(item, { target: older, base: manifests.base }, context).item.candidate).toBeNull();
  });

  it("to what runs is refused in words", () => {
    const { item, base } = live();
    expect(() => rollBack(item, { target: base, base }, context)).toThrow(/same files as release 2, which runs/);
  });
});
