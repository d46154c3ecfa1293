// What is known of a user's bucket and what lies in it.

/** What CreateEnvironment must know of a source bucket. */
export interface BucketFacts {
  readonly exists: boolean;
  readonly versioned: boolean;
  readonly publicAccessBlocked: boolean;
}

export interface SourceObject {
  /** Full key. */
  readonly key: string;
  readonly versionId: string;
  /** Bytes. */
  readonly size: number;
  /** When this version was made, in milliseconds since the epoch; absent where that is not known. */
  readonly modifiedAt?: number;
}
