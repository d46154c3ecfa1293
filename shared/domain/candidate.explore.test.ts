// Random schedules against the rules of candidate.ts: uploads, listings that come late or never, checks that are lost,
// doubled or stale, agents that die, rollbacks, two hands at once. Contents are small numbers: odd ones do not import.
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { sha256 } from "../testing/planned.ts";
import { offerRelease, rollBack, settleCandidate } from "./candidate.ts";
import type { EnvironmentItem, ReleaseItem } from "./items.ts";
import { noteLayer } from "./layer-history.ts";
import { type Chains, chainsOf, follow } from "./release-chain.ts";
import type { HistoryEntry } from "./release-history.ts";
import { isHistory } from "./release-view.ts";
import { contentOf, type Manifest, type ManifestFile } from "./release.ts";
import type { Check } from "./release-check.ts";

// More with HANGAR_SCHEDULES=300000; npm test does.
const schedules = Number(process.env["HANGAR_SCHEDULES"] ?? 1_000);

const paths = ["a.py", "b.py", "c.py"] as const;
const deadlineSeconds = 120;

type Event =
  | { readonly kind: "upload"; readonly path: number; readonly content: number }
  | { readonly kind: "remove"; readonly path: number }
  /** A hand lists and decides now, and writes after so many further events (or never). */
  | { readonly kind: "offer"; readonly writesAfter: number }
  | { readonly kind: "settle"; readonly writesAfter: number }
  | { readonly kind: "check" }
  | { readonly kind: "rollback"; readonly to: number }
  | { readonly kind: "layer"; readonly key: number; readonly writesAfter: number }
  | { readonly kind: "wait"; readonly seconds: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("upload" as const), path: fc.nat(2), content: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), path: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("offer" as const), writesAfter: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("settle" as const), writesAfter: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("check" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("rollback" as const), to: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("layer" as const), key: fc.nat(2), writesAfter: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("wait" as const), seconds: fc.nat(200) }) },
);

class World {
  now = 0;
  readonly settings = { sourceBucketArn: "arn:aws:s3:::my-dags" } as EnvironmentItem["settings"];
  versions = 0;
  readonly bucket = new Map<string, ManifestFile & { readonly content: number }>();
  item: ReleaseItem | undefined;
  readonly manifests = new Map<string, Manifest>();
  readonly checks = new Map<string, Check>();
  readonly contents = new Map<string, number>();
  pending: { at: number; write: () => void }[] = [];
  lastChangeWasRollback = false;
  readonly history = new Map<number, HistoryEntry>();
  /** Ids of all that ran: files and layers. */
  readonly ran = new Set<string>();
  /** Somebody who lost a race wrote over the entry of what ran: below it everything is believed. */
  overwritten = false;

  upload(path: string, content: number): void {
    const hash = sha256(String(content));
    this.contents.set(hash, content);
    this.bucket.set(path, { path, versionId: `v${++this.versions}`, size: 1, sha256: hash, content });
  }

  listing(): ManifestFile[] {
    return [...this.bucket.values()].map(({ content: _, ...file }) => file);
  }

  /** One conditional write; manifest and entry lie there before, also where the write is lost. */
  write(next: ReleaseItem, expected: number, manifest: Manifest | null, entry: HistoryEntry | null): boolean {
    if (manifest) this.manifests.set(manifest.id, manifest);
    const other = entry && this.history.get(entry.number);
    const isOther = other?.id !== entry?.id || other?.outcome !== entry?.outcome;
    if (other && isOther && this.ran.has(other.id)) this.overwritten = true;
    if (entry) this.history.set(entry.number, entry);
    if ((this.item?.generation ?? 0) !== expected) return false;
    const before = this.item;
    this.item = next;
    this.ran.add(next.release.id);
    if (next.layer?.id) this.ran.add(next.layer.id);
    this.promises(before, next);
    return true;
  }

  promises(before: ReleaseItem | undefined, after: ReleaseItem): void {
    expect(this.manifests.has(after.release.id), "what runs has a manifest").toBe(true);
    expect(after.release.number).toBeGreaterThanOrEqual(before?.release.number ?? 1);
    expect(after.lastNumber).toBeGreaterThanOrEqual(after.release.number);
    if (!before || before.release.id === after.release.id) return;
    expect(after.release.number, "a number is given once").toBeGreaterThan(before.release.number);
  }

  offer(): () => void {
    const expected = this.item?.generation ?? 0;
    const offer = offerRelease({ environmentName: "e", environmentId: "e" }, this.listing(), [], this.item, {
      ...{ digest: sha256, now: this.now, by: "someone" },
    });
    if (offer.kind === "busy" || offer.kind === "unchanged") return () => undefined;
    return () => {
      const [manifest, entry] = [
        "manifest" in offer ? offer.manifest : null,
        "history" in offer ? offer.history : null,
      ];
      if (this.write(offer.item, expected, manifest, entry)) this.lastChangeWasRollback = false;
    };
  }

  /** As an agent: what does not import now and did in the base is held. */
  check(): void {
    const candidate = this.item?.candidate;
    if (!candidate) return;
    const [made, base] = [this.manifests.get(candidate.id)!, this.manifests.get(this.item!.release.id)!];
    const good = (file: ManifestFile | undefined) => file !== undefined && this.contents.get(file.sha256)! % 2 === 0;
    const held = made.files
      .filter((file) => !good(file) && good(base.files.find(({ path }) => path === file.path)))
      .map(({ path }) => ({ path, because: "odd" }));
    const common = { schema: 1, taskId: "t", at: 0, seconds: 0, state: "checked", problem: null, files: {} } as const;
    this.checks.set(candidate.id, { ...common, candidate: candidate.id, base: this.item!.release.id, held });
  }

  settle(): () => void {
    const { item } = this;
    if (!item?.candidate) return () => undefined;
    const manifests = {
      candidate: this.manifests.get(item.candidate.id)!,
      base: this.manifests.get(item.release.id)!,
    };
    const check = this.checks.get(item.candidate.id);
    const settlement = settleCandidate({ ...item, candidate: item.candidate }, manifests, check, {
      ...{ digest: sha256, now: this.now, policy: "keep" as const, deadlineSeconds },
    });
    if (settlement.kind === "wait") return () => undefined;
    const { history } = settlement;
    if (check?.base === item.release.id && history.outcome === "served") {
      const files = (settlement.manifest ?? manifests.candidate).files;
      for (const old of manifests.base.files) {
        if (this.contents.get(old.sha256)! % 2 !== 0) continue;
        const now = files.find(({ path }) => path === old.path);
        if (now) expect(this.contents.get(now.sha256)! % 2, "nothing that worked disappears").toBe(0);
      }
    }
    return () => void this.write(settlement.item, item.generation, settlement.manifest, history);
  }

  /** An operation has committed another layer: somebody notes it. */
  layer(key: number): () => void {
    const { item } = this;
    if (!item) return () => undefined;
    const environment = { layer: { key: `l-${key}`, files: {} }, settings: this.settings, layerHold: null };
    const live = this.history.get(item.release.number);
    const note = noteLayer(item, environment, live, { digest: sha256, now: this.now, by: "someone" });
    if (note.kind === "level") return () => undefined;
    return () => void this.write(note.item, item.generation, null, note.entry ?? null);
  }

  /** The history as a list of releases shows it. */
  told(): readonly HistoryEntry[] {
    let chains: Chains = chainsOf(this.item!);
    const entries = [...this.history.values()].sort((a, b) => b.number - a.number);
    return entries.filter((entry) => {
      if (!isHistory(entry, this.item!)) return false;
      const step = follow(chains, entry);
      chains = step.chains;
      return step.isTrue;
    });
  }

  rollback(to: number): void {
    const target = [...this.manifests.values()].find(({ number }) => number === to);
    if (!this.item || !target) return;
    const base = this.manifests.get(this.item.release.id)!;
    try {
      const back = rollBack(this.item, { target, base }, { digest: sha256, now: this.now, by: "someone" });
      if (this.write(back.item, this.item.generation, back.manifest, back.history)) this.lastChangeWasRollback = true;
    } catch (error) {
      expect(String(error)).toContain("same files");
    }
  }
}

it("whatever happens in between, what runs in the end is what the bucket holds, less what would break what worked", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40, size: "max" }), (events) => {
      const world = new World();
      world.upload("a.py", 0);
      world.offer()();
      for (const [at, one] of events.entries()) {
        world.now += 1000;
        if (one.kind === "upload") world.upload(paths[one.path]!, one.content);
        if (one.kind === "remove") world.bucket.delete(paths[one.path]!);
        if (one.kind === "offer") world.pending.push({ at: at + one.writesAfter, write: world.offer() });
        if (one.kind === "settle") world.pending.push({ at: at + one.writesAfter, write: world.settle() });
        if (one.kind === "check") world.check();
        if (one.kind === "rollback") world.rollback(one.to);
        if (one.kind === "layer") world.pending.push({ at: at + one.writesAfter, write: world.layer(one.key) });
        if (one.kind === "wait") world.now += one.seconds * 1000;
        for (const late of world.pending.filter((write) => write.at <= at)) late.write();
        world.pending = world.pending.filter((write) => write.at > at);
      }
      // peace: the reconciler comes round, the agents live
      for (let round = 0; round < 3; round++) {
        world.offer()();
        world.check();
        world.settle()();
      }
      const item = world.item!;
      expect(item.candidate).toBeNull();
      expect(item.seen).toBe(contentOf(world.listing(), sha256).hash);
      const served = world.told().filter(({ outcome }) => outcome === "served");
      expect(served.length, "what runs is told").toBeGreaterThan(0);
      if (!world.overwritten) {
        expect(
          served.map(({ id }) => id).filter((id) => !world.ran.has(id)),
          "what never ran is not told",
        ).toEqual([]);
        expect(new Set(served.map(({ id }) => id)), "all that ran is told").toEqual(world.ran);
      }
      if (world.lastChangeWasRollback) return;
      const running = world.manifests.get(item.release.id)!;
      for (const file of world.listing()) {
        if (world.contents.get(file.sha256)! % 2 !== 0) continue;
        expect(running.files.find(({ path }) => path === file.path)?.sha256, "what imports is served").toBe(
          file.sha256,
        );
      }
    }),
    { numRuns: schedules },
  );
}, 120_000);
