// Listings: keys in byte order, rolled up at a delimiter, page by page. A rolled-up prefix is jumped over in the index, so
// a page costs its own length, not the number of keys under its prefixes.
import type { DatabaseSync } from "node:sqlite";
import { type ObjectVersion, versionColumns, versionOf } from "./versions.ts";

export interface ListingRequest {
  readonly bucket: string;
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  /** Most keys and common prefixes together. */
  readonly limit: number;
}

/** Where a page begins: at a key (inclusive), or after a row (with `id`, after that version of the key). */
export type ListingStart = { readonly from: string } | { readonly after: string; readonly id?: number | string };

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly commonPrefixes: readonly string[];
  /** What the last entry of the page was, when more follow. */
  readonly next: { readonly row: Row } | { readonly commonPrefix: string } | undefined;
}

/** Reads up to `limit` rows of a range in order: from `start`, before `end`. */
export type RowReader<Row> = (start: ListingStart, end: string, limit: number) => Row[];

/**
 * One page of a listing.
 * @param places how to name the place of a row, so that reading goes on after it
 */
export function listPage<Row extends { readonly key: string }>(
  request: ListingRequest,
  start: ListingStart | undefined,
  read: RowReader<Row>,
  place: (row: Row) => ListingStart,
): Page<Row> {
  const { prefix, delimiter, limit } = request;
  const rows: Row[] = [];
  const commonPrefixes: string[] = [];
  const end = successor(prefix) ?? beyondAllKeys;
  let last: Page<Row>["next"];
  let from: ListingStart | undefined = laterOf(start, prefix);
  if (limit === 0) return { rows, commonPrefixes, next: undefined };
  while (from) {
    const batch = read(from, end, limit + 1);
    for (const row of batch) {
      const commonPrefix = commonPrefixOf(row.key, prefix, delimiter);
      if (commonPrefix !== undefined && commonPrefix === commonPrefixes.at(-1)) continue;
      if (rows.length + commonPrefixes.length === limit) return { rows, commonPrefixes, next: last };
      if (commonPrefix === undefined) {
        rows.push(row);
        last = { row };
      } else {
        commonPrefixes.push(commonPrefix);
        last = { commonPrefix };
      }
    }
    const lastRow = batch.at(-1);
    if (!lastRow || batch.length <= limit) break;
    const rolledUp = commonPrefixOf(lastRow.key, prefix, delimiter);
    from = rolledUp === undefined ? place(lastRow) : startAfterPrefix(rolledUp);
  }
  return { rows, commonPrefixes, next: undefined };
}

/** Where a listing goes on after a common prefix; undefined when no key can follow. */
export function startAfterPrefix(commonPrefix: string): ListingStart | undefined {
  const from = successor(commonPrefix);
  return from === undefined ? undefined : { from };
}

/** The common prefix a key is rolled up into, or undefined when it stands for itself. */
export function commonPrefixOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === "") return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** Reads current objects (no delete markers). */
export function currentObjects(database: DatabaseSync, bucket: string): RowReader<ObjectVersion> {
  const select = (comparison: string) =>
    database.prepare(
      `SELECT ${versionColumns} FROM versions INDEXED BY current_versions
       WHERE bucket = ? AND is_latest = 1 AND key ${comparison} ? AND key < ? AND is_delete_marker = 0 ORDER BY key LIMIT ?`,
    );
  return (start, end, limit) => {
    const rows =
      "from" in start
        ? select(">=").all(bucket, start.from, end, limit)
        : select(">").all(bucket, start.after, end, limit);
    return rows.map((row) => versionOf(row)!);
  };
}

/** Reads all versions and delete markers: by key, the newest first. */
export function allVersions(database: DatabaseSync, bucket: string): RowReader<ObjectVersion> {
  const order = "ORDER BY key, id DESC LIMIT ?";
  const select = `SELECT ${versionColumns} FROM versions INDEXED BY versions_by_age WHERE bucket = ?`;
  return (start, end, limit) => {
    if ("from" in start) {
      const statement = database.prepare(`${select} AND key >= ? AND key < ? ${order}`);
      return statement.all(bucket, start.from, end, limit).map((row) => versionOf(row)!);
    }
    const older =
      start.id === undefined
        ? []
        : database
            .prepare(`${select} AND key = ? AND id < ? AND key < ? ${order}`)
            .all(bucket, start.after, start.id, end, limit);
    const others = database
      .prepare(`${select} AND key > ? AND key < ? ${order}`)
      .all(bucket, start.after, end, limit - older.length);
    return [...older, ...others].map((row) => versionOf(row)!);
  };
}

/** The least text that is greater than every text with this prefix, in code point (= UTF-8 byte) order. */
export function successor(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0)!);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue;
    // Surrogates are no characters of UTF-8.
    return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}

// Longer than any key may be, and of the greatest character there is.
const beyondAllKeys = "\u{10ffff}".repeat(257);

// Compared as S3 orders keys: JavaScript's own order of UTF-16 differs beyond U+FFFF.
function laterOf(start: ListingStart | undefined, prefix: string): ListingStart {
  if (!start) return { from: prefix };
  const text = "from" in start ? start.from : start.after;
  return Buffer.compare(Buffer.from(text), Buffer.from(prefix)) < 0 ? { from: prefix } : start;
}
