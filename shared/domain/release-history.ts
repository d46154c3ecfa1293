// What became of each release: one entry a number, written once, listed newest first.
import type { RanLayer } from "./layer-history.ts";
import { changedPaths, type LeftOut, type ManifestFile, type ReleaseSize } from "./release.ts";

/**
 * `served`: it went live. `held`: all that was new broke what worked, so what ran before goes on. `refused`: the whole of
 * it, because the environment asks for that (tag `hangar:broken-dags`).
 */
export type ReleaseOutcome = "served" | "held" | "refused";

/**
 * Who changed the bucket, where no event had told of it in time: a look from time to time found it. Whether the bucket
 * tells of nothing, or was only late, is `isUntold`'s to say (source-telling.ts).
 */
export const foundByLooking = "found by the periodic look";

/** The same, where nothing is to be said of events: one may be on its way, or have told while the bucket could not be read. */
export const foundBeforeAnEvent = "found before an event told of it";

/** Longer than an event, its queue and a batch take where there is no crowd. Seconds. */
export const eventSeconds = 20;

/** Paths of one kind of change: how many, and the first of them. */
export interface PathList {
  readonly count: number;
  readonly paths: readonly string[];
}

export interface HistoryEntry {
  /** `layer`: another layer came to run, the files stayed; they are named all the same. Absent: files. */
  readonly kind?: "layer";
  readonly number: number;
  readonly id: string;
  /** Key of its manifest below the prefix; of a refused one, the candidate's. */
  readonly manifest: string;
  readonly outcome: ReleaseOutcome;
  /**
   * The id of what it was made against: the release that ran, or of a layer the layer's entry before; null: there was none.
   * An entry is written before the pointer moves: who lost that race is known by it. Absent from old entries.
   */
  readonly base?: string | null;
  /** Milliseconds since the epoch: when the bucket was listed, and when this was settled. */
  readonly createdAt: number;
  readonly settledAt: number;
  /** Who changed the bucket or asked for the rollback, as far as is known. */
  readonly by: string;
  /** One sentence: why it ended so. */
  readonly reason: string;
  readonly changes: { readonly added: PathList; readonly changed: PathList; readonly removed: PathList };
  readonly held: readonly { readonly path: string; readonly reason: string }[];
  readonly errors: readonly { readonly path: string; readonly message: string; readonly line: number | null }[];
  readonly leftOut: readonly LeftOut[];
  readonly rollbackOf: number | null;
  /** Nobody imported it beforehand. */
  readonly unchecked: boolean;
  /** The candidate whose check says more, if there was one. */
  readonly check: string | null;
  /** How much its files are; of a refused or held one, what was offered. Absent from old entries and from layers. */
  readonly size?: ReleaseSize;
  /** What ran beside it when it went live; null: nothing was installed. Absent where it is not on record. */
  readonly layer?: RanLayer | null;
  /** What ran when this was written. Absent from old entries. */
  readonly airflowVersion?: string;
}

/** An entry as it is stored: with the Airflow version that runs. */
export const onVersion = (
  entry: HistoryEntry,
  { settings }: { readonly settings: { readonly airflowVersion: string } },
): HistoryEntry => ({ ...entry, airflowVersion: entry.airflowVersion ?? settings.airflowVersion });

/** How many paths, holds and errors an entry names at most. */
export const mostNamed = 100;
const highestNumber = 99_999_999;

/** Key of an entry below the environment's prefix: higher numbers come first, as a listing gives them. */
export const historyKey = (number: number): string => `history/${String(highestNumber - number).padStart(8, "0")}.json`;

/** What differs between the release before and this one, as an entry shows it. */
export function changesBetween(
  before: readonly ManifestFile[],
  after: readonly ManifestFile[],
): HistoryEntry["changes"] {
  const { added, changed, removed } = changedPaths(before, after);
  const cut = (paths: readonly string[]): PathList => ({ count: paths.length, paths: paths.slice(0, mostNamed) });
  return { added: cut(added), changed: cut(changed), removed: cut(removed) };
}
