// Object versions in the index: what is current, what a put or a delete does under each versioning state.
// Every function is synchronous; those that change something are called inside a transaction.
import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Bucket } from "./buckets.ts";
import type { Checksum } from "./checksums.ts";
import type { ContentFiles } from "./content-files.ts";
import { S3Error } from "./errors.ts";
import type { Segment } from "./request.ts";

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** What a put brings. `headers` are sent back as they are: content-type and the like, and `x-amz-meta-*`. */
export interface NewVersion {
  readonly key: string;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly storageClass: string;
  readonly checksum: Checksum | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  /** Sizes of the parts of a multipart object, in order. */
  readonly partSizes: readonly number[] | undefined;
  readonly segments: readonly Segment[];
}

export interface ObjectVersion extends Omit<NewVersion, "segments"> {
  /** Rises with every version ever made. */
  readonly id: number;
  readonly bucket: string;
  /** `null` (the word) outside versioning. */
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly isDeleteMarker: boolean;
  /** Milliseconds since the epoch, whole seconds. */
  readonly lastModified: number;
}

/** What a delete did; undefined members mean that there was nothing to do. */
export interface Deletion {
  readonly removed?: ObjectVersion;
  readonly marker?: ObjectVersion;
}

const columns =
  "id, bucket, key, version_id, is_latest, is_delete_marker, last_modified, size, etag, storage_class, checksum, headers, tags, part_sizes";

export class Versions {
  readonly #contents: ContentFiles;
  readonly #now: () => number;
  readonly #statements;
  #lastId: number;

  constructor(database: DatabaseSync, contents: ContentFiles, now: () => number) {
    this.#contents = contents;
    this.#now = now;
    this.#statements = prepareStatements(database);
    const row = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'versions'").get();
    this.#lastId = Number(row?.["seq"] ?? 0);
  }

  /** The current version of a key: the newest, which may be a delete marker. */
  current(bucket: string, key: string): ObjectVersion | undefined {
    return versionOf(this.#statements.current.get(bucket, key));
  }

  byId(id: number): ObjectVersion | undefined {
    return versionOf(this.#statements.byId.get(id));
  }

  /**
   * One version by its id.
   * @throws S3Error NoSuchVersion, or InvalidArgument when the text cannot be a version id
   */
  version(bucket: string, key: string, versionId: string): ObjectVersion {
    requireVersionId(versionId);
    const version = this.#find(bucket, key, versionId);
    if (!version) throw new S3Error("NoSuchVersion", { members: { Key: key, VersionId: versionId } });
    return version;
  }

  segments(version: ObjectVersion): readonly Segment[] {
    const row = this.#statements.segments.get(version.id);
    return row ? (JSON.parse(String(row["segments"])) as Segment[]) : [];
  }

  /** Stores a version as the current one; outside versioning it replaces what was there. */
  put(bucket: Bucket, version: NewVersion): ObjectVersion {
    return this.#insert(bucket, version, false);
  }

  /** Deletes a key as a DELETE without version id does: a marker under versioning, for good outside it. */
  remove(bucket: Bucket, key: string): Deletion {
    if (bucket.versioning !== "") return { marker: this.#insert(bucket, emptyVersion(key), true) };
    const removed = this.current(bucket.name, key);
    if (!removed) return {};
    this.#drop(removed);
    return { removed };
  }

  /** Deletes one version for good; the newest of those that stay becomes current. */
  removeVersion(bucket: string, key: string, versionId: string): Deletion {
    requireVersionId(versionId);
    const removed = this.#find(bucket, key, versionId);
    if (!removed) return {};
    this.#drop(removed);
    if (removed.isLatest) this.#statements.promote.run(bucket, key, bucket, key);
    return { removed };
  }

  setTags(version: ObjectVersion, tags: readonly Tag[]): void {
    this.#statements.setTags.run(JSON.stringify(tags), version.id);
  }

  #find(bucket: string, key: string, versionId: string): ObjectVersion | undefined {
    return versionOf(this.#statements.byVersion.get(bucket, key, versionId));
  }

  #insert(bucket: Bucket, version: NewVersion, isDeleteMarker: boolean): ObjectVersion {
    this.#lastId += 1;
    const id = this.#lastId;
    const versionId = bucket.versioning === "Enabled" ? newVersionId(id) : "null";
    // Before anything is dropped: a copy onto itself takes its content over from the version it replaces.
    this.#contents.use(version.segments);
    if (versionId === "null") {
      const replaced = this.#find(bucket.name, version.key, "null");
      if (replaced) this.#drop(replaced);
    }
    this.#statements.demote.run(bucket.name, version.key);
    // S3 shows whole seconds everywhere; keeping them so makes every reply agree.
    const lastModified = Math.floor(this.#now() / 1000) * 1000;
    this.#statements.insert.run(
      id,
      bucket.name,
      version.key,
      versionId,
      isDeleteMarker ? 1 : 0,
      lastModified,
      version.size,
      version.etag,
      version.storageClass,
      version.checksum ? JSON.stringify(version.checksum) : null,
      JSON.stringify(version.headers),
      JSON.stringify(version.tags),
      version.partSizes ? JSON.stringify(version.partSizes) : null,
      JSON.stringify(version.segments),
    );
    return { ...version, id, bucket: bucket.name, versionId, isLatest: true, isDeleteMarker, lastModified };
  }

  #drop(version: ObjectVersion): void {
    this.#contents.release(this.segments(version));
    this.#statements.drop.run(version.id);
  }
}

/** A row of the versions table as an object; undefined for no row. */
export function versionOf(row: Record<string, unknown> | undefined): ObjectVersion | undefined {
  if (!row) return undefined;
  return {
    id: Number(row["id"]),
    bucket: String(row["bucket"]),
    key: String(row["key"]),
    versionId: String(row["version_id"]),
    isLatest: row["is_latest"] === 1,
    isDeleteMarker: row["is_delete_marker"] === 1,
    lastModified: Number(row["last_modified"]),
    size: Number(row["size"]),
    etag: String(row["etag"]),
    storageClass: String(row["storage_class"]),
    checksum: row["checksum"] ? (JSON.parse(String(row["checksum"])) as Checksum) : undefined,
    headers: JSON.parse(String(row["headers"])) as Record<string, string>,
    tags: JSON.parse(String(row["tags"])) as Tag[],
    partSizes: row["part_sizes"] ? (JSON.parse(String(row["part_sizes"])) as number[]) : undefined,
  };
}

/** The columns `versionOf` reads. */
export const versionColumns = columns;

/**
 * The place in age that a version id names, also after the version is gone: a client that deletes what it has listed
 * goes on with a marker that no longer exists. Undefined for `null`, whose place only a living row knows.
 */
export function ageOfVersionId(versionId: string): number | undefined {
  requireVersionId(versionId);
  return versionId === "null" ? undefined : Number.parseInt(versionId.slice(22), 36);
}

function newVersionId(id: number): string {
  const random = randomBytes(32).toString("base64").replace(/[+/=]/g, "").slice(0, 22);
  return random.padEnd(22, "0") + id.toString(36).padStart(10, "0");
}

function requireVersionId(versionId: string): void {
  if (/^([A-Za-z0-9]{22}[a-z0-9]{10}|null)$/.test(versionId)) return;
  throw new S3Error("InvalidArgument", {
    message: "Invalid version id specified",
    members: { ArgumentName: "versionId", ArgumentValue: versionId },
  });
}

function emptyVersion(key: string): NewVersion {
  return {
    key,
    size: 0,
    etag: "",
    storageClass: "STANDARD",
    checksum: undefined,
    headers: {},
    tags: [],
    partSizes: undefined,
    segments: [],
  };
}

function prepareStatements(database: DatabaseSync) {
  return {
    current: database.prepare(`SELECT ${columns} FROM versions WHERE bucket = ? AND key = ? AND is_latest = 1`),
    byId: database.prepare(`SELECT ${columns} FROM versions WHERE id = ?`),
    byVersion: database.prepare(`SELECT ${columns} FROM versions WHERE bucket = ? AND key = ? AND version_id = ?`),
    segments: database.prepare("SELECT segments FROM versions WHERE id = ?"),
    demote: database.prepare("UPDATE versions SET is_latest = 0 WHERE bucket = ? AND key = ? AND is_latest = 1"),
    promote: database.prepare(
      "UPDATE versions SET is_latest = 1 WHERE bucket = ? AND key = ? AND id = (SELECT max(id) FROM versions WHERE bucket = ? AND key = ?)",
    ),
    insert: database.prepare(
      `INSERT INTO versions (id, bucket, key, version_id, is_latest, is_delete_marker, last_modified, size, etag,
       storage_class, checksum, headers, tags, part_sizes, segments) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    drop: database.prepare("DELETE FROM versions WHERE id = ?"),
    setTags: database.prepare("UPDATE versions SET tags = ? WHERE id = ?"),
  };
}
