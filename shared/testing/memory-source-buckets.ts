// Users' buckets in memory, with versions and delete markers.
import { createHash } from "node:crypto";
import type { BucketFacts } from "../domain/source-objects.ts";
import { type ExecutionRole, roleRefused } from "../domain/execution-role.ts";
import type { SourceBuckets, SourceReader } from "../ports/source-buckets.ts";

interface Version {
  readonly versionId: string;
  /** Absent: a delete marker. */
  readonly bytes?: Uint8Array;
  readonly modifiedAt?: number;
}

export interface MemorySourceBuckets extends SourceBuckets, SourceReader {
  /** What every role gets: these buckets, or a copy with faults. */
  readers: SourceReader;
  /** The roles that were asked for, in order. */
  readonly assumed: readonly ExecutionRole[];
  /** No longer trusts Hangar. */
  refuse(roleArn: string): void;
  /** Makes a bucket as MWAA wants it, or with other facts. */
  make(bucket: string, facts?: Partial<BucketFacts>): void;
  /** @param modifiedAt milliseconds since the epoch; not known when absent @returns the new version's id */
  upload(bucket: string, key: string, content: string | Uint8Array, modifiedAt?: number): string;
  /** Lays a delete marker over the key. */
  erase(bucket: string, key: string): void;
}

/** No buckets. */
export function memorySourceBuckets(): MemorySourceBuckets {
  const buckets = new Map<string, { readonly facts: BucketFacts; readonly keys: Map<string, Version[]> }>();
  const assumed: ExecutionRole[] = [];
  const refused = new Set<string>();
  let versions = 0;
  const bucketOf = (name: string) => {
    const bucket = buckets.get(name);
    if (!bucket) throw Object.assign(new Error(`The bucket ${name} does not exist.`), { name: "NoSuchBucket" });
    return bucket;
  };
  const add = (bucket: string, key: string, bytes?: Uint8Array, modifiedAt?: number) => {
    const { keys } = bucketOf(bucket);
    const versionId = `version-${++versions}`;
    const dated = modifiedAt === undefined ? {} : { modifiedAt };
    keys.set(key, [...(keys.get(key) ?? []), bytes ? { versionId, bytes, ...dated } : { versionId }]);
    return versionId;
  };

  const all: MemorySourceBuckets = {
    get readers() {
      return readers;
    },
    set readers(reader) {
      readers = reader;
    },
    assumed,
    refuse: (roleArn) => void refused.add(roleArn),
    as(role) {
      assumed.push(role);
      return refused.has(role.roleArn) ? refusing(role) : readers;
    },
    make(bucket, facts = {}) {
      buckets.set(bucket, {
        facts: { exists: true, versioned: true, publicAccessBlocked: true, ...facts },
        keys: new Map(),
      });
    },
    upload: (bucket, key, content, modifiedAt) =>
      add(bucket, key, typeof content === "string" ? new TextEncoder().encode(content) : content, modifiedAt),
    erase: (bucket, key) => void add(bucket, key),

    facts: async (bucket) =>
      buckets.get(bucket)?.facts ?? { exists: false, versioned: false, publicAccessBlocked: false },
    async list(bucket, prefix) {
      return [...bucketOf(bucket).keys]
        .filter(([key]) => key.startsWith(prefix) && !key.endsWith("/"))
        .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .flatMap(([key, stack]) => {
          const newest = stack.at(-1);
          if (!newest?.bytes) return [];
          const { versionId, bytes, modifiedAt } = newest;
          return [{ key, versionId, size: bytes.byteLength, ...(modifiedAt === undefined ? {} : { modifiedAt }) }];
        });
    },
    async find(bucket, key, versionId) {
      const stack = buckets.get(bucket)?.keys.get(key);
      const found = versionId === null ? stack?.at(-1) : stack?.find((version) => version.versionId === versionId);
      return found?.bytes && { key, versionId: found.versionId, size: found.bytes.byteLength };
    },
    async digest(bucket, key, versionId) {
      return createHash("sha256")
        .update(await this.read(bucket, key, versionId))
        .digest("hex");
    },
    async read(bucket, key, versionId) {
      const found = bucketOf(bucket)
        .keys.get(key)
        ?.find((version) => version.versionId === versionId);
      if (!found?.bytes)
        throw Object.assign(new Error(`No version ${versionId} of ${key}.`), { name: "NoSuchVersion" });
      return found.bytes;
    },
    async stream(bucket, key, versionId) {
      const bytes = await this.read(bucket, key, versionId);
      return (async function* () {
        yield bytes;
      })();
    },
  };
  let readers: SourceReader = all;
  return all;
}

function refusing(role: ExecutionRole): SourceReader {
  const refuse = () => Promise.reject(roleRefused(role, "arn:aws:iam::000000000000:root"));
  return { facts: refuse, list: refuse, find: refuse, digest: refuse, read: refuse, stream: refuse };
}
