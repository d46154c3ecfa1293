// Buckets in the index: name, versioning, and one JSON document a setting. Every function is synchronous; those that
// change something are called inside a transaction.
import type { DatabaseSync } from "node:sqlite";
import { S3Error } from "./errors.ts";

/** `""` until versioning is first switched on; from then on it can only be suspended, as in S3. */
export type Versioning = "" | "Enabled" | "Suspended";

export interface Bucket {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly versioning: Versioning;
}

export class Buckets {
  readonly #database: DatabaseSync;
  readonly #find;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#find = database.prepare("SELECT name, created, versioning FROM buckets WHERE name = ?");
  }

  /** @throws S3Error NoSuchBucket */
  get(name: string): Bucket {
    const bucket = this.find(name);
    if (!bucket) throw new S3Error("NoSuchBucket", { members: { BucketName: name } });
    return bucket;
  }

  find(name: string): Bucket | undefined {
    return this.#find.get(name) as unknown as Bucket | undefined;
  }

  /** Buckets in name order, from the one after `after`. */
  list(prefix: string, after: string, limit: number): Bucket[] {
    const rows = this.#database
      .prepare("SELECT * FROM buckets WHERE name > ? AND substr(name, 1, ?) = ? ORDER BY name LIMIT ?")
      .all(after, prefix.length, prefix, limit);
    return rows as unknown as Bucket[];
  }

  /** @returns false when the bucket is there already */
  create(name: string, now: number): boolean {
    return (
      this.#database.prepare("INSERT OR IGNORE INTO buckets (name, created) VALUES (?, ?)").run(name, now).changes === 1
    );
  }

  /** @throws S3Error BucketNotEmpty while a version, a delete marker or an unfinished upload is in it, NoSuchBucket */
  remove(name: string): void {
    this.get(name);
    for (const table of ["versions", "uploads"]) {
      if (this.#database.prepare(`SELECT 1 FROM ${table} WHERE bucket = ? LIMIT 1`).get(name)) {
        throw new S3Error("BucketNotEmpty", { members: { BucketName: name } });
      }
    }
    this.#database.prepare("DELETE FROM bucket_settings WHERE bucket = ?").run(name);
    this.#database.prepare("DELETE FROM buckets WHERE name = ?").run(name);
  }

  setVersioning(name: string, versioning: Versioning): void {
    this.get(name);
    this.#database.prepare("UPDATE buckets SET versioning = ? WHERE name = ?").run(versioning, name);
  }

  /** One setting as it was stored, or undefined. */
  setting<T>(name: string, kind: string): T | undefined {
    const row = this.#database
      .prepare("SELECT value FROM bucket_settings WHERE bucket = ? AND kind = ?")
      .get(name, kind);
    return row && (JSON.parse(String(row["value"])) as T);
  }

  /** Stores one setting; undefined removes it. */
  setSetting(name: string, kind: string, value: unknown): void {
    this.get(name);
    if (value === undefined) {
      this.#database.prepare("DELETE FROM bucket_settings WHERE bucket = ? AND kind = ?").run(name, kind);
    } else {
      this.#database
        .prepare("INSERT OR REPLACE INTO bucket_settings (bucket, kind, value) VALUES (?, ?, ?)")
        .run(name, kind, JSON.stringify(value));
    }
  }
}
