// Releases as the API shows them: which there were, what became of each, what differs between two. Extension of the MWAA API.
import { HangarError } from "./errors.ts";
import type { Candidate, ReleaseItem, ReleasePointer } from "./items.ts";
import { pageAfter, pageToken } from "./paging.ts";
import { answerBytes, fittingRows } from "./answer-size.ts";
import type { LeftOut, Manifest, ManifestFile } from "./release.ts";
import { changedPaths } from "./release.ts";
import type { HistoryEntry, PathList } from "./release-history.ts";
import { mostAnswerBytes } from "./rest-bridge.ts";
import { withoutAbsent } from "./without-absent.ts";

/** `REPLACED`: it ran. `HELD`: all that was new broke what worked. `REFUSED`: none of it was served, for the reason given. */
export const releaseStates = ["LIVE", "CHECKING", "REPLACED", "HELD", "REFUSED"] as const;
export type ReleaseState = (typeof releaseStates)[number];

type View = Readonly<Record<string, unknown>>;

/**
 * A page of releases, the newest first.
 * @param entries of the history, one more than `limit` where there are so many
 * @param page.below where the page before ended; undefined on the first, which shows a candidate, too
 * @param page.changes of the candidate against what runs, where they are known
 */
export function releasePage(
  item: ReleaseItem,
  entries: readonly HistoryEntry[],
  page: {
    readonly below: number | undefined;
    readonly limit: number;
    readonly changes?: HistoryEntry["changes"] | undefined;
  },
): { readonly Releases: readonly View[]; readonly NextToken?: string } {
  const { release, candidate } = item;
  const isLast = entries.length <= page.limit;
  const known = entries.filter((entry) => isHistory(entry, item));
  const rows = known.map((entry) => ({ number: entry.number, view: entryView(entry, item) }));
  const reaches = isLast || release.number >= entries.at(-1)!.number;
  const isHere = (page.below === undefined || release.number < page.below) && reaches;
  if (isHere && !known.some(({ number }) => number === release.number))
    rows.push({ number: release.number, view: unrecordedView(release) });
  rows.sort((a, b) => b.number - a.number);
  if (candidate && page.below === undefined)
    rows.unshift({ number: candidate.number, view: candidateView(candidate, page.changes) });
  const shown = fittingRows(rows.slice(0, page.limit), {});
  const end = shown.length < rows.length ? shown.at(-1) : isLast ? undefined : entries.at(-1);
  return {
    Releases: shown.map(({ view }) => view),
    ...(end === undefined ? {} : { NextToken: pageToken(String(end.number)) }),
  };
}

/** The number a page token goes on below. @throws InvalidRequest for a token this list did not make */
export function releaseBelow(token: string | undefined): number | undefined {
  const text = pageAfter(token);
  if (text === undefined || /^[1-9]\d{0,7}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new HangarError("InvalidRequest", "NextToken is not one of this list. Start the list again without it.");
}

/**
 * Whether an entry tells what happened. One is written before the pointer moves: of a number nobody was given, or of one
 * that another release got, it was written by who lost that race.
 */
export function isHistory(entry: HistoryEntry, { release, candidate, lastNumber }: ReleaseItem): boolean {
  if (entry.number > lastNumber || entry.number === candidate?.number) return false;
  return entry.number !== release.number || entry.id === release.id;
}

/** A settled release. Times are epoch seconds. */
export function entryView(entry: HistoryEntry, { release }: Pick<ReleaseItem, "release">): View {
  const { changes, rollbackOf } = entry;
  return withoutAbsent({
    Number: entry.number,
    Id: entry.id,
    State: stateOf(entry, release),
    CreatedAt: entry.createdAt / 1000,
    SettledAt: entry.settledAt / 1000,
    By: entry.by,
    Reason: entry.reason,
    Changes: changesView(changes),
    Held: entry.held.map(({ path, reason }) => ({ Path: path, Reason: reason })),
    Errors: entry.errors.map(({ path, message, line }) => ({ Path: path, Message: message, Line: line })),
    LeftOut: entry.leftOut.map(leftOutView),
    RollbackOf: rollbackOf ?? undefined,
    Unchecked: entry.unchecked,
  });
}

/** What is being checked: nothing is known of it yet but what changed. */
export const candidateView = (candidate: Candidate, changes: HistoryEntry["changes"] | undefined): View =>
  withoutAbsent({
    Number: candidate.number,
    Id: candidate.id,
    State: "CHECKING" satisfies ReleaseState,
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
  CreatedAt: release.createdAt / 1000,
  By: "unknown",
  Reason: "How it came to run was not recorded.",
  Held: [],
  Errors: [],
  LeftOut: [],
  Unchecked: true,
});

function stateOf({ number, outcome }: HistoryEntry, live: ReleasePointer): ReleaseState {
  if (number === live.number) return "LIVE";
  if (outcome === "served") return "REPLACED";
  return outcome === "held" ? "HELD" : "REFUSED";
}

const changesView = ({ added, changed, removed }: HistoryEntry["changes"]) => ({
  Added: listView(added),
  Changed: listView(changed),
  Removed: listView(removed),
});
const listView = ({ count, paths }: PathList) => ({ Count: count, Paths: paths });
export const leftOutView = ({ key, reason }: LeftOut) => ({ Key: key, Reason: reason });

/** A release with its files, and with what differs from another. @param prefix only paths that begin so */
export function releaseDetails(
  view: View,
  manifest: Manifest,
  options: { readonly prefix: string; readonly against?: Manifest | undefined },
): View {
  const named = ({ path }: ManifestFile) => path.startsWith(options.prefix);
  const files = manifest.files.filter(named);
  const { against } = options;
  const details = {
    Release: { ...view, Files: files.map(fileView) },
    ...(against ? { Diff: diffView(against, against.files.filter(named), files) } : {}),
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

function diffView(other: Manifest, before: readonly ManifestFile[], after: readonly ManifestFile[]): View {
  const byPath = (files: readonly ManifestFile[]) => new Map(files.map((file) => [file.path, file]));
  const [was, is] = [byPath(before), byPath(after)];
  const { added, changed, removed } = changedPaths(before, after);
  return {
    Against: other.number,
    Added: added.map((path) => ({ Path: path, ...contentView(is.get(path)!) })),
    Changed: changed.map((path) => ({
      Path: path,
      Before: contentView(was.get(path)!),
      After: contentView(is.get(path)!),
    })),
    Removed: removed.map((path) => ({ Path: path, ...contentView(was.get(path)!) })),
  };
}
