// A release: an immutable, numbered, hashed set of files. Pure: reading and hashing happen at the ports.
import type { ReleaseItem, ReleasePointer } from "./items.ts";
import type { SourceObject } from "./source-objects.ts";

export interface ManifestFile {
  /** Below the DAG folder, with forward slashes. */
  readonly path: string;
  readonly versionId: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

export interface Manifest {
  readonly id: string;
  readonly number: number;
  readonly createdAt: number;
  readonly files: readonly ManifestFile[];
}

/** The prefix a DagS3Path names: one closing slash, none in front; empty for the whole bucket. */
export function dagPrefix(dagS3Path: string): string {
  const trimmed = dagS3Path.replace(/^\/+|\/+$/g, "");
  return trimmed === "" ? "" : `${trimmed}/`;
}

/**
 * Which listed objects belong into a release, and which of them are already known by content. A path that would leave
 * the folder it is unpacked in is left out and named, never followed.
 */
export function sortSource(
  objects: readonly SourceObject[],
  prefix: string,
  previous: Manifest | undefined,
): {
  readonly known: readonly ManifestFile[];
  readonly fresh: readonly (SourceObject & { readonly path: string })[];
  readonly refused: readonly { readonly key: string; readonly reason: string }[];
} {
  const before = new Map((previous?.files ?? []).map((file) => [`${file.path}\n${file.versionId}`, file]));
  const known: ManifestFile[] = [];
  const fresh: (SourceObject & { path: string })[] = [];
  const refused: { key: string; reason: string }[] = [];
  const folders = new Set<string>();
  for (const object of objects) {
    const path = object.key.slice(prefix.length);
    for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) folders.add(path.slice(0, at));
  }
  for (const object of objects) {
    const path = object.key.slice(prefix.length);
    const reason = unsafe(path) ?? (folders.has(path) ? "a folder of the same name exists beside it" : undefined);
    const old = before.get(`${path}\n${object.versionId}`);
    if (reason) refused.push({ key: object.key, reason });
    else if (old) known.push(old);
    else fresh.push({ ...object, path });
  }
  return { known, fresh, refused };
}

function unsafe(path: string): string | undefined {
  if (path === "" || path.endsWith("/")) return "it is a folder placeholder, not a file";
  if (path.includes("\0")) return "its name holds a NUL";
  if (path.startsWith("/")) return "its path is absolute";
  const parts = path.split("/");
  if (parts.some((part) => part === ".." || part === "." || part === "")) return "its path has an empty, . or .. part";
  if (parts.some((part) => Buffer.byteLength(part) > 255))
    return "a part of its path is longer than a file name may be";
  return undefined;
}

/**
 * The next release, or undefined when the content is the one that already runs.
 * @param digest hex sha256 of a text
 */
export function nextRelease(
  files: readonly ManifestFile[],
  current: ReleaseItem | undefined,
  digest: (text: string) => string,
  now: number,
): { readonly manifest: Manifest; readonly pointer: ReleasePointer } | undefined {
  const ordered = [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const contentHash = digest(ordered.map((file) => `${file.sha256} ${file.path}\n`).join(""));
  if (current && current.release.contentHash === contentHash) return undefined;
  const number = (current?.release.number ?? 0) + 1;
  const id = `r${number}-${contentHash.slice(0, 8)}`;
  const manifest = { id, number, createdAt: now, files: ordered };
  return { manifest, pointer: { id, number, manifest: `releases/${id}.json`, contentHash, createdAt: now } };
}
