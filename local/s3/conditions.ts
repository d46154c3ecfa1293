// Conditional requests: pure decisions over the headers and the version that is there.
import { S3Error } from "./errors.ts";
import type { ObjectVersion } from "./versions.ts";

type Headers = Readonly<Record<string, string>>;

/**
 * Whether a read goes on or is answered 304.
 * @throws S3Error PreconditionFailed
 */
export function decideRead(headers: Headers, version: ObjectVersion): "send" | "notModified" {
  const unmet = unmetCondition(headers, version, "");
  if (unmet === undefined) return "send";
  if (unmet === "if-none-match" || unmet === "if-modified-since") return "notModified";
  throw preconditionFailed(unmet);
}

/** @throws S3Error PreconditionFailed when a condition on the source of a copy does not hold */
export function requireCopySource(headers: Headers, version: ObjectVersion): void {
  const unmet = unmetCondition(headers, version, "x-amz-copy-source-");
  if (unmet !== undefined) throw preconditionFailed(`x-amz-copy-source-${unmet}`);
}

/**
 * Decides inside the transaction of a write, so that of two writers one loses.
 * @param current the current version, or undefined; a delete marker counts as none
 * @throws S3Error PreconditionFailed, NoSuchKey (If-Match on nothing), NotImplemented (If-None-Match other than `*`)
 */
export function requireWrite(headers: Headers, key: string, current: ObjectVersion | undefined): void {
  const existing = current?.isDeleteMarker ? undefined : current;
  const none = headers["if-none-match"];
  if (none !== undefined) {
    if (none.trim() !== "*") throw new S3Error("NotImplemented", { members: { Header: "If-None-Match" } });
    if (existing) throw preconditionFailed("If-None-Match");
  }
  const match = headers["if-match"];
  if (match === undefined) return;
  if (!existing) throw new S3Error("NoSuchKey", { members: { Key: key } });
  if (!etagMatches(match, existing.etag)) throw preconditionFailed("If-Match");
}

/**
 * Decides inside the transaction of a delete; only the current version is looked at.
 * @throws S3Error PreconditionFailed when there is no object, or one of another entity tag
 */
export function requireDelete(match: string | undefined, current: ObjectVersion | undefined): void {
  if (match === undefined) return;
  if (!current || current.isDeleteMarker || !etagMatches(match, current.etag)) throw preconditionFailed("If-Match");
}

/** Whether one of the entity tags of a header (`*`, quoted, bare, weak) is this one. */
export function etagMatches(header: string, etag: string): boolean {
  return header.split(",").some((item) => {
    const tag = item.trim().replace(/^W\//, "");
    return tag === "*" || tag === etag || tag === `"${etag}"`;
  });
}

// RFC 7232, section 6: a date is looked at only when its entity-tag sibling is absent.
function unmetCondition(headers: Headers, version: ObjectVersion, prefix: string): string | undefined {
  const match = headers[`${prefix}if-match`];
  const none = headers[`${prefix}if-none-match`];
  if (match !== undefined) {
    if (!etagMatches(match, version.etag)) return "if-match";
  } else if (version.lastModified > dateOf(headers[`${prefix}if-unmodified-since`], Number.POSITIVE_INFINITY)) {
    return "if-unmodified-since";
  }
  if (none !== undefined) return etagMatches(none, version.etag) ? "if-none-match" : undefined;
  return version.lastModified <= dateOf(headers[`${prefix}if-modified-since`], Number.NEGATIVE_INFINITY)
    ? "if-modified-since"
    : undefined;
}

// A date nobody can read is no condition, as in HTTP.
function dateOf(header: string | undefined, absent: number): number {
  const date = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(date) ? absent : date;
}

function preconditionFailed(condition: string): S3Error {
  return new S3Error("PreconditionFailed", { members: { Condition: condition } });
}
