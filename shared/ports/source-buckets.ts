// The user's bucket: looked at and read, never written (design, section 7), always as an environment's execution role.

import type { ExecutionRole } from "../domain/execution-role.ts";
import type { BucketFacts, SourceObject } from "../domain/source-objects.ts";

export interface SourceBuckets {
  /**
   * Buckets as a role sees them. Nothing is asked until something is read; then every method may throw
   * ExecutionRoleRefused.
   */
  as(role: ExecutionRole): SourceReader;
}

/** Buckets through one role's eyes. */
export interface SourceReader {
  /** @throws SourceBucketClosed when the role sees the bucket, and not whether it is versioned and closed to the public */
  facts(bucket: string): Promise<BucketFacts>;
  /** The newest versions below a prefix, in key order; delete markers and folder placeholders left out. */
  list(bucket: string, prefix: string): Promise<readonly SourceObject[]>;
  /**
   * One object, without its bytes.
   * @param versionId null: the newest
   * @returns undefined when there is no such object or version, or it cannot be read
   */
  find(bucket: string, key: string, versionId: string | null): Promise<SourceObject | undefined>;
  /** Hex sha256 of an object version's bytes, which are read through and never held. */
  digest(bucket: string, key: string, versionId: string): Promise<string>;
  /** One object version's bytes. */
  read(bucket: string, key: string, versionId: string): Promise<Uint8Array>;
  /** The same as they arrive. Who does not read to the end ends the iteration, which closes the connection. */
  stream(bucket: string, key: string, versionId: string): Promise<AsyncIterable<Uint8Array>>;
}
