// Multipart uploads in the index. Parts are contents of their own; completing one only joins references, no bytes move.
// Every function is synchronous; those that change something are called inside a transaction.
import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { ChecksumAlgorithm, ChecksumType } from "./checksums.ts";
import type { ContentFiles } from "./content-files.ts";
import { S3Error } from "./errors.ts";
import type { ListingStart, RowReader } from "./listing.ts";
import type { Segment } from "./request.ts";
import type { NewVersion, ObjectVersion, Tag } from "./versions.ts";

export interface Upload {
  readonly uploadId: string;
  readonly bucket: string;
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly initiated: number;
  readonly storageClass: string;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined;
  readonly headers: NewVersion["headers"];
  readonly tags: readonly Tag[];
}

export interface Part {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined;
  readonly segments: readonly Segment[];
}

// A client that did not hear the answer to a Complete repeats it; for this long it hears it again.
const completedKept = 24 * 3600 * 1000;

export class Uploads {
  readonly #database: DatabaseSync;
  readonly #contents: ContentFiles;

  constructor(database: DatabaseSync, contents: ContentFiles) {
    this.#database = database;
    this.#contents = contents;
  }

  create(upload: Omit<Upload, "uploadId">): Upload {
    const uploadId = randomBytes(48).toString("base64url");
    this.#database
      .prepare(
        `INSERT INTO uploads (upload_id, bucket, key, initiated, storage_class, checksum_algorithm, checksum_type,
         headers, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        uploadId,
        upload.bucket,
        upload.key,
        upload.initiated,
        upload.storageClass,
        upload.checksum?.algorithm ?? null,
        upload.checksum?.type ?? null,
        JSON.stringify(upload.headers),
        JSON.stringify(upload.tags),
      );
    return { ...upload, uploadId };
  }

  /** @throws S3Error NoSuchUpload, also when the upload is of another key */
  get(bucket: string, key: string, uploadId: string): Upload {
    const row = this.#database.prepare("SELECT * FROM uploads WHERE upload_id = ?").get(uploadId);
    const upload = row && uploadOf(row);
    if (upload?.bucket !== bucket || upload.key !== key) {
      throw new S3Error("NoSuchUpload", { members: { UploadId: uploadId } });
    }
    return upload;
  }

  /** Stores a part; one of the same number is replaced. */
  putPart(upload: Upload, part: Part): void {
    const before = this.#part(upload.uploadId, part.number);
    this.#contents.use(part.segments);
    if (before) this.#contents.release(before.segments);
    this.#database
      .prepare(
        `INSERT OR REPLACE INTO parts (upload_id, number, size, etag, last_modified, checksum, segments)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        upload.uploadId,
        part.number,
        part.size,
        part.etag,
        part.lastModified,
        part.checksum ? JSON.stringify(part.checksum) : null,
        JSON.stringify(part.segments),
      );
  }

  /** Parts in order of their numbers, from the one after `after`. */
  parts(upload: Upload, after = 0, limit = 10_000): Part[] {
    return this.#database
      .prepare("SELECT * FROM parts WHERE upload_id = ? AND number > ? ORDER BY number LIMIT ?")
      .all(upload.uploadId, after, limit)
      .map(partOf);
  }

  /** Ends an upload. Call after the uses of the parts that live on have been counted for their new owner. */
  remove(upload: Upload): void {
    for (const part of this.parts(upload)) this.#contents.release(part.segments);
    this.#database.prepare("DELETE FROM parts WHERE upload_id = ?").run(upload.uploadId);
    this.#database.prepare("DELETE FROM uploads WHERE upload_id = ?").run(upload.uploadId);
  }

  /** Notes what an upload became, and forgets what is older than a day. */
  rememberCompleted(upload: Upload, version: ObjectVersion, now: number): void {
    this.#database.prepare("DELETE FROM completed_uploads WHERE completed < ?").run(now - completedKept);
    this.#database
      .prepare("INSERT INTO completed_uploads (upload_id, bucket, key, version, completed) VALUES (?, ?, ?, ?, ?)")
      .run(upload.uploadId, upload.bucket, upload.key, version.id, now);
  }

  /** The id of the version (see `Versions.byId`) that an upload completed of late became. */
  completed(bucket: string, key: string, uploadId: string): number | undefined {
    const row = this.#database
      .prepare("SELECT version FROM completed_uploads WHERE upload_id = ? AND bucket = ? AND key = ?")
      .get(uploadId, bucket, key);
    return row && Number(row["version"]);
  }

  /** Reads the uploads in flight of a bucket: by key, then by upload id. */
  reader(bucket: string): RowReader<Upload> {
    const select = "SELECT * FROM uploads INDEXED BY uploads_by_key WHERE bucket = ?";
    const order = "ORDER BY key, upload_id LIMIT ?";
    return (start: ListingStart, end: string, limit: number) => {
      if ("from" in start) {
        const statement = this.#database.prepare(`${select} AND key >= ? AND key < ? ${order}`);
        return statement.all(bucket, start.from, end, limit).map(uploadOf);
      }
      const same =
        start.id === undefined
          ? []
          : this.#database
              .prepare(`${select} AND key = ? AND upload_id > ? AND key < ? ${order}`)
              .all(bucket, start.after, start.id, end, limit);
      const others = this.#database
        .prepare(`${select} AND key > ? AND key < ? ${order}`)
        .all(bucket, start.after, end, limit - same.length);
      return [...same, ...others].map(uploadOf);
    };
  }

  #part(uploadId: string, number: number): Part | undefined {
    const row = this.#database.prepare("SELECT * FROM parts WHERE upload_id = ? AND number = ?").get(uploadId, number);
    return row && partOf(row);
  }
}

function uploadOf(row: Record<string, unknown>): Upload {
  return {
    uploadId: String(row["upload_id"]),
    bucket: String(row["bucket"]),
    key: String(row["key"]),
    initiated: Number(row["initiated"]),
    storageClass: String(row["storage_class"]),
    checksum: row["checksum_algorithm"]
      ? {
          algorithm: String(row["checksum_algorithm"]) as ChecksumAlgorithm,
          type: String(row["checksum_type"]) as ChecksumType,
        }
      : undefined,
    headers: JSON.parse(String(row["headers"])) as Record<string, string>,
    tags: JSON.parse(String(row["tags"])) as Tag[],
  };
}

function partOf(row: Record<string, unknown>): Part {
  return {
    number: Number(row["number"]),
    size: Number(row["size"]),
    etag: String(row["etag"]),
    lastModified: Number(row["last_modified"]),
    checksum: row["checksum"] ? (JSON.parse(String(row["checksum"])) as NonNullable<Part["checksum"]>) : undefined,
    segments: JSON.parse(String(row["segments"])) as Segment[],
  };
}
