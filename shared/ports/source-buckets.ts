// The user's bucket: looked at and read, never written (design, section 7).

import type { BucketFacts, SourceObject } from "../domain/source-objects.ts";

export interface SourceBuckets {
  facts(bucket: string): Promise<BucketFacts>;
  /** The newest versions below a prefix, in key order; delete markers and folder placeholders left out. */
  list(bucket: string, prefix: string): Promise<readonly SourceObject[]>;
  /** One object version's bytes. */
  read(bucket: string, key: string, versionId: string): Promise<Uint8Array>;
}
