// The control bucket: where control plane and data plane meet (design, section 6).
import type { ControlDocument } from "../domain/control-document.ts";
import type { DagStatus } from "../domain/dag-status.ts";
import type { Manifest } from "../domain/release.ts";
import type { Check } from "../domain/release-check.ts";
import type { HistoryEntry } from "../domain/release-history.ts";
import type { KeptBlobs } from "../domain/release-view.ts";
import type { SyncProblem } from "../domain/sync-problem.ts";
import type { Report } from "../domain/reports.ts";

/** Bytes from elsewhere. */
export interface BlobSource {
  /** Bytes. */
  readonly size: number;
  readonly open: () => Promise<AsyncIterable<Uint8Array>>;
}

export interface ControlBucket {
  /** Content-addressed: `<prefix>blobs/<sha256>`; a repeat changes nothing. */
  putBlob(prefix: string, sha256: string, bytes: Uint8Array): Promise<void>;
  /**
   * The same for what is too large to be held: it is opened only if it is not there yet, and passed on as it arrives.
   * @throws Error when its bytes are not what name and size say; then nothing is there
   */
  copyBlob(prefix: string, sha256: string, source: BlobSource): Promise<void>;
  /** How many different contents are kept, and their bytes together. Bounded: `complete` is false where there are more. */
  keptBlobs(prefix: string): Promise<KeptBlobs>;
  /** A small document of a layer, by its key below the prefix (shared/domain/layer.ts); absent or over a megabyte: undefined. */
  getLayerText(prefix: string, key: string): Promise<{ readonly text: string; readonly etag: string } | undefined>;
  /**
   * Writes one.
   * @param etag of the one that was read, null when there was none; undefined: whatever lies there
   * @returns false when another writer came first
   */
  putLayerText(prefix: string, key: string, text: string, etag?: string | null): Promise<boolean>;
  /** Keys of the layers there are recipes of, the one written last first; times in milliseconds. */
  listLayers(prefix: string): Promise<readonly { readonly key: string; readonly at: number }[]>;
  /** What the scheduler's agent found when it imported a candidate; malformed or none yet: undefined. */
  getCheck(prefix: string, candidateId: string): Promise<Check | undefined>;
  /** Writes the entry of its number; a repeat overwrites it. */
  putHistory(prefix: string, entry: HistoryEntry): Promise<void>;
  getHistory(prefix: string, number: number): Promise<HistoryEntry | undefined>;
  /** Entries below a number, the highest first. @param below undefined: from the newest on */
  listHistory(prefix: string, below: number | undefined, limit: number): Promise<readonly HistoryEntry[]>;
  /** What Airflow did with the files of the release that runs, as the scheduler's agent reads it; malformed or none: undefined. */
  getDagStatus(prefix: string): Promise<DagStatus | undefined>;
  /** Why the source bucket cannot be read at present. @param problem null: it can */
  putSyncProblem(prefix: string, problem: SyncProblem | null): Promise<void>;
  getSyncProblem(prefix: string): Promise<SyncProblem | undefined>;
  /** Notes when an event of the source bucket was handled. @param at milliseconds since the epoch */
  putLastEvent(prefix: string, at: number): Promise<void>;
  /** @returns undefined when none ever was, as far as is known */
  getLastEvent(prefix: string): Promise<number | undefined>;
  putManifest(prefix: string, key: string, manifest: Manifest): Promise<void>;
  getManifest(prefix: string, key: string): Promise<Manifest | undefined>;
  getControl(prefix: string): Promise<{ readonly document: ControlDocument; readonly etag: string } | undefined>;
  /**
   * Writes control.json if the one that lies there is still the one read (`etag` null: none yet).
   * @returns false when another writer came first
   */
  putControl(prefix: string, document: ControlDocument, etag: string | null): Promise<boolean>;
  /** The last report of each task; malformed ones are left out. */
  reports(prefix: string): Promise<readonly Report[]>;
  /** AirflowConfigurationOptions, as one object named by its hash below the prefix. */
  putConfiguration(prefix: string, key: string, options: Readonly<Record<string, string>>): Promise<void>;
  /** @returns undefined when it is gone: the environment is being deleted, or its create was rolled back */
  getConfiguration(prefix: string, key: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Deletes everything below the prefix, versions included. Bounded: @returns false when there is more to delete. */
  empty(prefix: string): Promise<boolean>;
}
