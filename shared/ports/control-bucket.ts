// The control bucket: where control plane and data plane meet (design, section 6).
import type { ControlDocument } from "../domain/control-document.ts";
import type { Manifest } from "../domain/release.ts";
import type { Report } from "../domain/reports.ts";

export interface ControlBucket {
  /** Content-addressed: `<prefix>blobs/<sha256>`; a repeat changes nothing. */
  putBlob(prefix: string, sha256: string, bytes: Uint8Array): Promise<void>;
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
