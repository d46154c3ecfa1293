// The life of a release as a decision: from a listing to a candidate, from its check to what runs, and back by a rollback.
// Every result holds the whole next item; one conditional write makes it so (design, section 7).
import { HangarError } from "./errors.ts";
import type { ReleaseItem } from "./items.ts";
import type { LeftOut, Manifest, ManifestFile } from "./release.ts";
import { contentOf, numbered, sizeOf } from "./release.ts";
import type { Check } from "./release-check.ts";
import { changesBetween, type HistoryEntry, mostNamed } from "./release-history.ts";

/** What happens to a candidate with a newly broken file: serve the rest of it, or nothing of it. */
export type BrokenDagPolicy = "keep" | "refuse";
/** The tag that says so: tags can be set from every client, and restart nothing. */
export const brokenDagsTag = "hangar:broken-dags";
export const brokenDagPolicy = (tags: Readonly<Record<string, string>>): BrokenDagPolicy =>
  tags[brokenDagsTag] === "refuse" ? "refuse" : "keep";

interface Context {
  /** Hex sha256 of a text. */
  readonly digest: (text: string) => string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly by: string;
}

export type Offer =
  /** The bucket holds what was last made into a release. */
  | { readonly kind: "unchanged" }
  /** It holds again what runs: nothing to check, only to be noted. */
  | { readonly kind: "noted"; readonly item: ReleaseItem }
  /** A candidate is being checked; settling it looks at the bucket again. */
  | { readonly kind: "busy" }
  | { readonly kind: "candidate"; readonly item: ReleaseItem; readonly manifest: Manifest }
  /** The first of an environment: nobody is there to check it, and nothing that worked can break. */
  | {
      readonly kind: "first";
      readonly item: ReleaseItem;
      readonly manifest: Manifest;
      readonly history: HistoryEntry;
    };

/**
 * What a listing of the bucket leads to.
 * @param current the item as it was read; undefined before the first release
 */
export function offerRelease(
  environment: { readonly environmentName: string; readonly environmentId: string },
  files: readonly ManifestFile[],
  leftOut: readonly LeftOut[],
  current: ReleaseItem | undefined,
  { digest, now, by }: Context,
): Offer {
  if (!current) {
    const { manifest, pointer } = numbered(files, 1, digest, now);
    const item = {
      ...environment,
      generation: 1,
      release: pointer,
      candidate: null,
      seen: pointer.contentHash,
      lastNumber: 1,
    };
    const reason = "The environment's first release is served as it is.";
    const how = { now, reason, outcome: "served", before: [], after: files } as const;
    const history = entry(undefined, { pointer, by, leftOut }, how);
    return { kind: "first", item, manifest, history: { ...history, unchecked: true } };
  }
  if (current.candidate) return { kind: "busy" };
  const { hash } = contentOf(files, digest);
  if (hash === current.seen) return { kind: "unchanged" };
  const next = { ...current, generation: current.generation + 1, seen: hash };
  if (hash === current.release.contentHash) return { kind: "noted", item: next };
  const number = current.lastNumber + 1;
  const { manifest, pointer } = numbered(files, number, digest, now);
  return {
    kind: "candidate",
    item: { ...next, lastNumber: number, candidate: { ...pointer, by, leftOut: leftOut.slice(0, mostNamed) } },
    manifest,
  };
}

export type Settlement =
  | { readonly kind: "wait" }
  | {
      readonly kind: "settled";
      readonly item: ReleaseItem;
      /** To be written first, where it is not the candidate's own. */
      readonly manifest: Manifest | null;
      readonly history: HistoryEntry;
    };

/**
 * What becomes of the candidate.
 * @param base the manifest of the release that runs; its files are what a held path goes on serving
 * @param check undefined while there is none
 * @param deadlineSeconds how long a check is waited for: then the candidate is served unchecked, as Airflow would have it
 */
export function settleCandidate(
  item: ReleaseItem & { readonly candidate: NonNullable<ReleaseItem["candidate"]> },
  manifests: { readonly candidate: Manifest; readonly base: Manifest },
  check: Check | undefined,
  {
    digest,
    now,
    policy,
    deadlineSeconds,
  }: Omit<Context, "by"> & { readonly policy: BrokenDagPolicy; readonly deadlineSeconds: number },
): Settlement {
  const { candidate } = item;
  // a check against another base is one of an earlier life of this candidate
  const valid = check?.candidate === candidate.id && check.base === item.release.id ? check : undefined;
  if (!valid && now - candidate.createdAt < deadlineSeconds * 1000) return { kind: "wait" };
  const settled = { ...item, generation: item.generation + 1, candidate: null };
  const wanted = valid?.state === "checked" ? valid.held : [];
  const { files, held, withheld } = withHeld(manifests, wanted);
  const common = {
    now,
    before: manifests.base.files,
    after: manifests.candidate.files,
    check: valid,
    held,
  };
  if (held.length > 0 && policy === "refuse") {
    const reason = `${counted(held.length)} broke what worked, and the tag ${brokenDagsTag} asks for all or nothing.`;
    const history = entry(item, { pointer: candidate, ...candidate }, { ...common, reason, outcome: "refused" });
    return { kind: "settled", item: settled, manifest: null, history };
  }
  const { manifest, pointer } = numbered(files, candidate.number, digest, candidate.createdAt);
  if (pointer.contentHash === item.release.contentHash) {
    const reason = "All that is new broke what worked: what ran before goes on.";
    const history = entry(item, { pointer: candidate, ...candidate }, { ...common, reason, outcome: "held" });
    return { kind: "settled", item: settled, manifest: null, history };
  }
  const reason = served(valid, held.length, deadlineSeconds);
  const history = entry(item, { pointer, ...candidate }, { ...common, reason, outcome: "served", after: files });
  return {
    kind: "settled",
    item: { ...settled, release: pointer },
    manifest: held.length === 0 ? null : withheld.length === 0 ? manifest : { ...manifest, withheld },
    history,
  };
}

/**
 * A release with the files of an earlier one. It stands until the bucket changes next: the listing that was seen stays
 * seen. A candidate under way is dropped; the next change makes a new one.
 * @param context.to the number asked for, where it is that of a layer, whose files are an earlier release's
 * @throws HangarError InvalidRequest when those files are what runs
 */
export function rollBack(
  item: ReleaseItem,
  manifests: { readonly target: Manifest; readonly base: Manifest },
  { digest, now, by, to = manifests.target.number }: Context & { readonly to?: number },
): { readonly item: ReleaseItem; readonly manifest: Manifest; readonly history: HistoryEntry } {
  const number = item.lastNumber + 1;
  const files = manifests.target.files.map(({ held: _, ...file }) => file);
  const { manifest, pointer } = numbered(files, number, digest, now);
  if (pointer.contentHash === item.release.contentHash)
    throw new HangarError(
      "InvalidRequest",
      `Release ${to} has the same files as release ${item.release.number}, which runs. Choose another one.`,
    );
  const reason = `Rolled back to release ${to}; the next change in the bucket makes a new one.`;
  const history = entry(
    item,
    { pointer, by, leftOut: [] },
    { now, reason, outcome: "served", before: manifests.base.files, after: files },
  );
  return {
    item: { ...item, generation: item.generation + 1, release: pointer, candidate: null, lastNumber: number },
    manifest,
    history: { ...history, rollbackOf: to },
  };
}

/** The candidate's files with the base's bytes where a path is held; what cannot be held is not. */
function withHeld(
  { candidate, base }: { readonly candidate: Manifest; readonly base: Manifest },
  wanted: Check["held"],
): {
  readonly files: readonly ManifestFile[];
  readonly held: readonly { path: string; reason: string }[];
  readonly withheld: readonly ManifestFile[];
} {
  const old = new Map(base.files.map((file) => [file.path, file]));
  const fresh = new Map(candidate.files.map((file) => [file.path, file]));
  const paths = [...fresh.keys()];
  const served = new Map(fresh);
  const held: { path: string; reason: string }[] = [];
  const withheld: ManifestFile[] = [];
  for (const { path, because: reason } of wanted) {
    const [was, is] = [old.get(path), fresh.get(path)];
    if (!was) {
      // what is new and breaks what worked is left out: there is nothing to serve in its place
      if (is && served.delete(path)) {
        withheld.push(is);
        held.push({ path, reason });
      }
      continue;
    }
    if (was.sha256 === is?.sha256 || served.get(path)?.held) continue;
    // a removed file whose name is a folder's by now, or lies below what is a file by now
    if (!is && paths.some((other) => other.startsWith(`${path}/`) || path.startsWith(`${other}/`))) continue;
    const { held: _, ...file } = was;
    const instead = is
      ? { versionId: is.versionId, size: is.size, sha256: is.sha256 }
      : { versionId: null, size: null, sha256: null };
    served.set(path, { ...file, held: { ...instead, reason } });
    held.push({ path, reason });
  }
  return { files: [...served.values()], held, withheld };
}

/** @param before the item it is made against; undefined: the first */
function entry(
  before: ReleaseItem | undefined,
  of: { readonly pointer: HistoryPointer; readonly by: string; readonly leftOut: readonly LeftOut[] },
  how: {
    readonly now: number;
    readonly reason: string;
    readonly outcome: HistoryEntry["outcome"];
    readonly before: readonly ManifestFile[];
    readonly after: readonly ManifestFile[];
    readonly check?: Check | undefined;
    readonly held?: readonly { readonly path: string; readonly reason: string }[];
  },
): HistoryEntry {
  const errors = Object.entries(how.check?.files ?? {}).flatMap(([path, { error }]) =>
    error ? [{ path, message: error.message, line: error.line }] : [],
  );
  return {
    number: of.pointer.number,
    id: of.pointer.id,
    manifest: of.pointer.manifest,
    base: before?.release.id ?? null,
    outcome: how.outcome,
    createdAt: of.pointer.createdAt,
    settledAt: how.now,
    by: of.by,
    reason: how.reason,
    changes: changesBetween(how.before, how.after),
    size: sizeOf(how.after),
    held: (how.held ?? []).slice(0, mostNamed),
    errors: errors.slice(0, mostNamed),
    leftOut: of.leftOut.slice(0, mostNamed),
    rollbackOf: null,
    unchecked: how.check?.state !== "checked",
    check: how.check?.candidate ?? null,
    ...layerOfItem(before),
  };
}

const layerOfItem = (item: ReleaseItem | undefined): Pick<HistoryEntry, "layer"> =>
  item?.layer ? { layer: item.layer.layer } : {};

type HistoryPointer = Pick<HistoryEntry, "number" | "id" | "manifest" | "createdAt">;

function served(check: Check | undefined, held: number, deadlineSeconds: number): string {
  if (!check) return `Served unchecked: no scheduler answered within ${deadlineSeconds} seconds.`;
  if (check.state === "impossible") return `Served unchecked: ${check.problem ?? "it could not be checked"}.`;
  return held === 0 ? "Checked and served." : `Served, with the last good bytes of ${counted(held)}.`;
}

const counted = (count: number): string => (count === 1 ? "one file" : `${count} files`);
