// One row for each file of the bucket and of what runs: which bytes are served, what is held back and why, and what
// Airflow made of it.
import type { DagStatus } from "./dag-status.ts";
import type { Manifest, ManifestFile } from "./release.ts";
import type { FileError } from "./release-check.ts";
import type { SyncSources } from "./sync-view.ts";

/**
 * `LIVE`: Airflow has its DAGs from the bytes that are served. `COPIED`: served, not parsed yet. `NO_DAG`: served, and no
 * DAG file. `FAILED`: served, with an error. `CHECKING`: its newest state is part of the candidate. `HELD`: its newest state
 * is not served. `LEFT_OUT`: it cannot be part of a release.
 */
export const fileStates = ["LIVE", "COPIED", "NO_DAG", "FAILED", "CHECKING", "HELD", "LEFT_OUT"] as const;
export type FileState = (typeof fileStates)[number];

export interface FileRow {
  readonly path: string;
  /** The newest in the bucket, as last seen; null: it is gone from there. */
  readonly versionId: string | null;
  readonly served: { readonly versionId: string; readonly release: number } | null;
  readonly held: { readonly versionId: string | null; readonly reason: string } | null;
  readonly dagIds: readonly string[];
  /** Seconds since the epoch. */
  readonly parsedAt: number | null;
  readonly parsedRelease: number | null;
  readonly error: FileError | null;
  readonly state: FileState;
}

/** Airflow looks at every file at least that often, with its own settings: what it does not name then has no DAG. */
const parsesWithinSeconds = 60;

/** The rows in the order of their paths. @param prefix of the DAG folder, as keys of what was left out begin */
export function syncRows(sources: SyncSources, prefix: string): readonly FileRow[] {
  const { live, seen } = sources;
  const served = byPath(live.manifest.files);
  const newest = seen ? byPath(seen.files) : byPath(bucketFiles(live.manifest));
  const leftOut = new Map((seen?.leftOut ?? []).map(({ key, reason }) => [key.slice(prefix.length), reason]));
  const paths = [...new Set([...served.keys(), ...newest.keys(), ...leftOut.keys()])].sort();
  return paths.map((path): FileRow => {
    const [file, fresh] = [served.get(path), newest.get(path)];
    const versionId = fresh?.versionId ?? null;
    const left = leftOut.get(path);
    const held = heldBack(path, file, fresh, sources);
    const parsed = parsedFrom(path, sources);
    const made = file ? madeOf(file, parsed, sources) : nothing;
    const common = {
      path,
      versionId,
      served: file ? { versionId: file.versionId, release: sources.item.release.number } : null,
      dagIds: made.dagIds,
      parsedAt: sources.status?.files[path]?.parsedAt ?? null,
      parsedRelease: parsed ?? null,
    };
    if (left !== undefined)
      return { ...common, held: { versionId: null, reason: left }, error: made.error, state: "LEFT_OUT" };
    if (held === "checking") return { ...common, held: null, error: made.error, state: "CHECKING" };
    if (held) return { ...common, held, error: heldError(path, sources) ?? made.error, state: "HELD" };
    return { ...common, held: null, error: made.error, state: made.state };
  });
}

/** The bucket as a manifest was made from it: with the newer state of what is held. */
export const bucketFiles = ({ files, withheld = [] }: Manifest): readonly ManifestFile[] => [
  ...files.flatMap(({ held, ...file }) => {
    if (!held) return [file];
    const { versionId, size, sha256 } = held;
    return versionId !== null && size !== null && sha256 !== null ? [{ path: file.path, versionId, size, sha256 }] : [];
  }),
  ...withheld,
];

const byPath = (files: readonly ManifestFile[]) => new Map(files.map((file) => [file.path, file]));

/** Why the newest state of a path is not served; `checking` while that is being found out, null where it is. */
function heldBack(
  path: string,
  served: ManifestFile | undefined,
  newest: ManifestFile | undefined,
  { item, live, seen }: SyncSources,
): FileRow["held"] | "checking" {
  if (served?.sha256 === newest?.sha256) return null;
  const versionId = newest?.versionId ?? null;
  if (served?.held && served.held.sha256 === (newest?.sha256 ?? null)) return { versionId, reason: served.held.reason };
  if (seen && seen.number === item.candidate?.number) return "checking";
  const wasRolledBack = live.history?.rollbackOf !== null && live.history?.rollbackOf !== undefined;
  const history = wasRolledBack ? live.history : seen?.history;
  const own = wasRolledBack ? undefined : history?.held.find((one) => one.path === path)?.reason;
  return { versionId, reason: own ?? history?.reason ?? "What was decided about it is not on record." };
}

/** What its newest state did in the check that held it. */
const heldError = (path: string, { live, seen }: SyncSources): FileError | null =>
  seen?.check?.files[path]?.error ?? live.check?.files[path]?.error ?? null;

/** The number in a release's id. */
export const numberOf = (id: string): number | undefined => {
  const [, number] = /^r(\d{1,9})-/.exec(id) ?? [];
  return number === undefined ? undefined : Number(number);
};

/** Which release Airflow last parsed a path from: it says so itself (Airflow 3), or the time does (Airflow 2). */
function parsedFrom(path: string, { item, live, status }: SyncSources): number | undefined {
  const entry = status?.files[path];
  if (!entry) return undefined;
  if (entry.release !== null) return numberOf(entry.release);
  if (entry.parsedAt === null) return undefined;
  const at = entry.parsedAt * 1000;
  if (at >= sinceOf({ item, live })) return item.release.number;
  return live.base && at >= live.base.settledAt ? live.base.number : undefined;
}

const sinceOf = ({ item, live }: Pick<SyncSources, "item" | "live">): number =>
  live.history?.settledAt ?? item.release.createdAt;

interface Made {
  readonly dagIds: readonly string[];
  readonly error: FileError | null;
  readonly state: FileState;
}
const nothing: Made = { dagIds: [], error: null, state: "COPIED" };

/** What Airflow, or before it the check, made of the bytes that are served. */
function madeOf({ path, held }: ManifestFile, parsed: number | undefined, sources: SyncSources): Made {
  const { item, live, status } = sources;
  const entry = status?.files[path];
  const untouched = isUntouched(path, sources);
  const checked = live.check?.state === "checked" && !held ? live.check.files[path] : undefined;
  const isCurrent =
    parsed === item.release.number || (untouched && parsed !== undefined && parsed === live.base?.number);
  if (entry && isCurrent) return { dagIds: entry.dagIds, error: entry.error, state: stateOf(entry) };
  if (checked?.state === "failed") return { dagIds: checked.dagIds, error: checked.error, state: "FAILED" };
  if (checked?.state === "ok")
    return { dagIds: checked.dagIds, error: null, state: checked.dagIds.length > 0 ? "COPIED" : "NO_DAG" };
  const since = untouched ? (live.base?.settledAt ?? 0) : sinceOf(sources);
  const isTold = status !== undefined && (untouched || status.release === item.release.id);
  const isOver = isTold && sources.now - since > parsesWithinSeconds * 1000;
  const isNone = !entry && (isOver || !mayHoldDags(path));
  return { dagIds: entry?.dagIds ?? [], error: null, state: isNone ? "NO_DAG" : "COPIED" };
}

const stateOf = ({ dagIds, error }: DagStatus["files"][string]): FileState =>
  error ? "FAILED" : dagIds.length > 0 ? "LIVE" : "NO_DAG";

/** Airflow parses these and no others. */
const mayHoldDags = (path: string): boolean => /\.(py|zip)$/.test(path);

/** A whole check imported all that this release changes: what it does not name is as it was in the release before. */
const isUntouched = (path: string, { live, item }: SyncSources): boolean =>
  live.check?.state === "checked" &&
  live.check.problem === null &&
  live.history?.id === item.release.id &&
  live.check.files[path] === undefined;
