// Releases as the API shows them: which there were, what became of each, what differs between two. Extension of the MWAA API.
import { HangarError } from "./errors.ts";
import type { Candidate, ReleaseItem, ReleasePointer } from "./items.ts";
import { pageAfter, pageToken } from "./paging.ts";
import { type Chains, chainsOf, follow } from "./release-chain.ts";
import { type InstalledLayer, installedView, layerDiff, ranLayerView } from "./layer-view.ts";
import { answerBytes, fittingRows } from "./answer-size.ts";
import type { LeftOut, Manifest, ManifestFile, ReleaseSize } from "./release.ts";
import { changedPaths, sizeOf } from "./release.ts";
import type { HistoryEntry, PathList } from "./release-history.ts";
import { mostAnswerBytes } from "./rest-bridge.ts";
import { withoutAbsent } from "./without-absent.ts";

/** `REPLACED`: it ran. `HELD`: all that was new broke what worked. `REFUSED`: none of it was served, for the reason given. */
export const releaseStates = ["LIVE", "CHECKING", "REPLACED", "HELD", "REFUSED"] as const;
export type ReleaseState = (typeof releaseStates)[number];

type View = Readonly<Record<string, unknown>>;

/** The different contents that releases and layers' files keep. `complete` false: there are more than were counted. */
export interface KeptBlobs {
  readonly count: number;
  readonly bytes: number;
  readonly complete: boolean;
}

/**
 * A page of releases, the newest first.
 * @param entries of the history, one more than `limit` where there are so many
 * @param page.below where the page before ended; undefined on the first, which shows a candidate, too
 * @param page.chains where the page before left them; undefined on the first
 * @param page.changes of the candidate against what runs, where they are known
 * @param page.kept what the releases hold altogether; asked for on the first page
 */
export function releasePage(
  item: ReleaseItem,
  entries: readonly HistoryEntry[],
  page: {
    readonly below: number | undefined;
    readonly chains?: Chains | undefined;
    readonly limit: number;
    readonly changes?: HistoryEntry["changes"] | undefined;
    readonly kept?: KeptBlobs | undefined;
  },
): { readonly Releases: readonly View[]; readonly Kept?: View; readonly NextToken?: string } {
  const { release, candidate } = item;
  const isLast = entries.length <= page.limit;
  let chains: Chains = page.chains ?? (page.below === undefined ? chainsOf(item) : unknown);
  const known = entries.flatMap((entry) => {
    const step = isHistory(entry, item) ? follow(chains, entry) : { isTrue: false, chains };
    chains = step.chains;
    return step.isTrue ? [{ entry, chains }] : [];
  });
  const rows = known.map(({ entry, chains }) => ({ number: entry.number, chains, view: entryView(entry, item) }));
  const reaches = isLast || release.number >= entries.at(-1)!.number;
  const isHere = (page.below === undefined || release.number < page.below) && reaches;
  if (isHere && !rows.some(({ view }) => view["Id"] === release.id))
    rows.push({ number: release.number, chains: unknown, view: unrecordedView(release) });
  rows.sort((a, b) => b.number - a.number);
  if (candidate && page.below === undefined)
    rows.unshift({
      number: candidate.number,
      chains: chainsOf(item),
      view: candidateView(candidate, page.changes),
    });
  const shown = fittingRows(rows.slice(0, page.limit), {});
  const last = entries.at(-1);
  const end = shown.length < rows.length ? shown.at(-1) : isLast || !last ? undefined : { number: last.number, chains };
  return {
    Releases: shown.map(({ view }) => view),
    ...(page.kept
      ? { Kept: { Blobs: page.kept.count, SizeBytes: page.kept.bytes, Complete: page.kept.complete } }
      : {}),
    ...(end === undefined ? {} : { NextToken: pageToken(tokenText(end.number, end.chains)) }),
  };
}

const unknown: Chains = { files: undefined, layer: undefined };

const tokenText = (number: number, { files, layer }: Chains): string =>
  [number, ...[files, layer].map((id) => (id === undefined ? "-" : (id ?? ".")))].join(" ");

/**
 * What a page token goes on below, and where the chains stand there.
 * @throws InvalidRequest for a token this list did not make
 */
export function releasesBelow(token: string | undefined): {
  readonly below: number | undefined;
  readonly chains: Chains | undefined;
} {
  const text = pageAfter(token);
  if (text === undefined) return { below: undefined, chains: undefined };
  const [, below, files, layer] = /^([1-9]\d{0,7})(?: ([-.]|r\d+-\w+) ([-.]|l\d+-\w+))?$/.exec(text) ?? [];
  const id = (part: string | undefined) => (part === "." ? null : part === "-" ? undefined : part);
  if (below !== undefined) return { below: Number(below), chains: { files: id(files), layer: id(layer) } };
  throw new HangarError("InvalidRequest", "NextToken is not one of this list. Start the list again without it.");
}

/**
 * Whether an entry may tell what happened, by its number alone. One is written before the pointer moves: of a number nobody
 * was given, or of one that another release got, it was written by who lost that race. The rest: release-chain.ts.
 */
export function isHistory(entry: HistoryEntry, { release, candidate, lastNumber }: ReleaseItem): boolean {
  if (entry.number > lastNumber || entry.number === candidate?.number) return false;
  return entry.number !== release.number || entry.id === release.id;
}

/** A settled release. Times are epoch seconds. */
export function entryView(entry: HistoryEntry, item: Pick<ReleaseItem, "release" | "layer">): View {
  const { changes, rollbackOf, layer } = entry;
  return withoutAbsent({
    Number: entry.number,
    Id: entry.id,
    State: stateOf(entry, item),
    Kind: entry.kind === "layer" ? "LAYER" : "FILES",
    CreatedAt: entry.createdAt / 1000,
    SettledAt: entry.settledAt / 1000,
    By: entry.by,
    Reason: entry.reason,
    Changes: changesView(changes),
    ...(entry.size ? sizeView(entry.size) : {}),
    Held: entry.held.map(({ path, reason }) => ({ Path: path, Reason: reason })),
    Errors: entry.errors.map(({ path, message, line }) => ({ Path: path, Message: message, Line: line })),
    LeftOut: entry.leftOut.map(leftOutView),
    RollbackOf: rollbackOf ?? undefined,
    Unchecked: entry.unchecked,
    AirflowVersion: entry.airflowVersion,
    Layer: layer && ranLayerView(layer),
  });
}
/** What is being checked: nothing is known of it yet but what changed. */
export const candidateView = (candidate: Candidate, changes: HistoryEntry["changes"] | undefined): View =>
  withoutAbsent({
    Number: candidate.number,
    Id: candidate.id,
    State: "CHECKING" satisfies ReleaseState,
    Kind: "FILES",
    CreatedAt: candidate.createdAt / 1000,
    By: candidate.by,
    Reason: "The scheduler imports what changed; what ran before goes on meanwhile.",
    Changes: changes && changesView(changes),
    Held: [],
    Errors: [],
    LeftOut: candidate.leftOut.map(leftOutView),
    Unchecked: true,
  });

/** What runs, made before there was a history, or with its entry lost. */
export const unrecordedView = (release: ReleasePointer): View => ({
  Number: release.number,
  Id: release.id,
  State: "LIVE" satisfies ReleaseState,
  Kind: "FILES",
  CreatedAt: release.createdAt / 1000,
  By: "unknown",
  Reason: "How it came to run was not recorded.",
  Held: [],
  Errors: [],
  LeftOut: [],
  Unchecked: true,
});

/** Of files and of layers one runs. */
function stateOf({ id, outcome }: HistoryEntry, item: Pick<ReleaseItem, "release" | "layer">): ReleaseState {
  if (id === item.release.id || id === item.layer?.id) return "LIVE";
  if (outcome === "served") return "REPLACED";
  return outcome === "held" ? "HELD" : "REFUSED";
}

const changesView = ({ added, changed, removed }: HistoryEntry["changes"]) => ({
  Added: listView(added),
  Changed: listView(changed),
  Removed: listView(removed),
});
const sizeView = ({ files, bytes }: ReleaseSize) => ({ FileCount: files, SizeBytes: bytes });
const listView = ({ count, paths }: PathList) => ({ Count: count, Paths: paths });
export const leftOutView = ({ key, reason }: LeftOut) => ({ Key: key, Reason: reason });

/** Another release to compare with. */
interface Compared {
  readonly manifest: Manifest;
  /** The one asked for: of a layer's entry, not the manifest's. */
  readonly number: number;
  readonly layer: InstalledLayer | null | undefined;
}

/**
 * A release with its files and its layer, and with what differs from another.
 * @param options.prefix only paths that begin so
 * @param options.layer null: nothing was installed; undefined: not on record
 */
export function releaseDetails(
  view: View,
  manifest: Manifest,
  options: {
    readonly prefix: string;
    readonly layer?: InstalledLayer | null | undefined;
    readonly against?: Compared | undefined;
  },
): View {
  const named = ({ path }: ManifestFile) => path.startsWith(options.prefix);
  const files = manifest.files.filter(named);
  const { against, layer } = options;
  const details = {
    Release: withoutAbsent({
      ...view,
      ...sizeView(sizeOf(manifest.files)),
      Files: files.map(fileView),
      Layer: layer && installedView(layer),
    }),
    ...(against
      ? {
          Diff: withoutAbsent({
            ...diffView(against.number, against.manifest.files.filter(named), files),
            Layer: layerDiff(against.layer, layer),
          }),
        }
      : {}),
  };
  if (answerBytes(details) <= mostAnswerBytes) return details;
  throw new HangarError(
    "InvalidRequest",
    `The ${files.length} files of release ${manifest.number} do not fit into one answer, which may have 6 MB. Ask for a part of them: ?Path= and the beginning of their paths.`,
  );
}

const fileView = (file: ManifestFile): View =>
  withoutAbsent({
    Path: file.path,
    ...contentView(file),
    Held: file.held && {
      VersionId: file.held.versionId,
      Size: file.held.size,
      Sha256: file.held.sha256,
      Reason: file.held.reason,
    },
  });

const contentView = ({ versionId, size, sha256 }: ManifestFile) => ({
  VersionId: versionId,
  Size: size,
  Sha256: sha256,
});

function diffView(against: number, before: readonly ManifestFile[], after: readonly ManifestFile[]): View {
  const byPath = (files: readonly ManifestFile[]) => new Map(files.map((file) => [file.path, file]));
  const [was, is] = [byPath(before), byPath(after)];
  const { added, changed, removed } = changedPaths(before, after);
  return {
    Against: against,
    Added: added.map((path) => ({ Path: path, ...contentView(is.get(path)!) })),
    Changed: changed.map((path) => ({
      Path: path,
      Before: contentView(was.get(path)!),
      After: contentView(is.get(path)!),
    })),
    Removed: removed.map((path) => ({ Path: path, ...contentView(was.get(path)!) })),
  };
}
