// A release: an immutable, numbered, hashed set of files. Pure: reading and hashing happen at the ports.
import type { ReleasePointer } from "./items.ts";
import type { SourceObject } from "./source-objects.ts";

export interface ManifestFile {
  /** Below the DAG folder, with forward slashes. */
  readonly path: string;
  readonly versionId: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  /** What lies in the bucket instead and is not served: it broke something that worked. */
  readonly held?: HeldFile;
}

/** The newer state of a path that is not served. All null: the file is gone from the bucket, but a DAG still needs it. */
export interface HeldFile {
  readonly versionId: string | null;
  readonly size: number | null;
  readonly sha256: string | null;
  readonly reason: string;
}

export interface Manifest {
  readonly id: string;
  readonly number: number;
  readonly createdAt: number;
  readonly files: readonly ManifestFile[];
  /** New files of the bucket that are not part of it: they broke something that worked. Absent: none. */
  readonly withheld?: readonly ManifestFile[];
}

/** How much it holds: paths, and their bytes together. Bytes that several paths share count for each. */
export interface ReleaseSize {
  readonly files: number;
  readonly bytes: number;
}

export const sizeOf = (files: readonly ManifestFile[]): ReleaseSize => ({
  files: files.length,
  bytes: files.reduce((sum, { size }) => sum + size, 0),
});

/** A listed object that is in no release, and why. */
export interface LeftOut {
  readonly key: string;
  readonly reason: string;
}

/** Largest file of a DAG folder: what is larger is data, and every task would carry it. Bytes. */
export const largestFile = 256 * 1024 * 1024;

/** The prefix a DagS3Path names: one closing slash, none in front; empty for the whole bucket. */
export function dagPrefix(dagS3Path: string): string {
  const trimmed = dagS3Path.replace(/^\/+|\/+$/g, "");
  return trimmed === "" ? "" : `${trimmed}/`;
}

/**
 * Which listed objects belong into a release, and which of them are already known by content. A path that would leave
 * the folder it is unpacked in is left out and named, never followed.
 * @param previous manifests whose files need not be read again
 */
export function sortSource(
  objects: readonly SourceObject[],
  prefix: string,
  previous: readonly Manifest[],
): {
  readonly known: readonly ManifestFile[];
  readonly fresh: readonly (SourceObject & { readonly path: string })[];
  readonly leftOut: readonly LeftOut[];
} {
  const before = knownContents(previous);
  const known: ManifestFile[] = [];
  const fresh: (SourceObject & { path: string })[] = [];
  const leftOut: LeftOut[] = [];
  const folders = new Set<string>();
  for (const object of objects) {
    const path = object.key.slice(prefix.length);
    for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) folders.add(path.slice(0, at));
  }
  for (const object of objects) {
    const path = object.key.slice(prefix.length);
    const reason =
      unfit(path, object.size) ?? (folders.has(path) ? "a folder of the same name exists beside it" : undefined);
    const old = before.get(`${path}\n${object.versionId}`);
    if (reason) leftOut.push({ key: object.key, reason });
    else if (old) known.push(old);
    else fresh.push({ ...object, path });
  }
  return { known, fresh, leftOut };
}

/** By path and version. A version whose bytes are held is known, too. */
function knownContents(manifests: readonly Manifest[]): ReadonlyMap<string, ManifestFile> {
  const found = new Map<string, ManifestFile>();
  for (const { files, withheld = [] } of manifests) {
    for (const { path, versionId, size, sha256, held } of [...files, ...withheld]) {
      found.set(`${path}\n${versionId}`, { path, versionId, size, sha256 });
      if (held?.versionId && held.sha256 && held.size !== null)
        found.set(`${path}\n${held.versionId}`, {
          path,
          versionId: held.versionId,
          size: held.size,
          sha256: held.sha256,
        });
    }
  }
  return found;
}

function unfit(path: string, size: number): string | undefined {
  if (path === "" || path.endsWith("/")) return "it is a folder placeholder, not a file";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  if (/[\0-\x1f\x7f\\]/.test(path)) return "its name holds a control character or a backslash";
  if (path.startsWith("/")) return "its path is absolute";
  const parts = path.split("/");
  if (parts.some((part) => part === ".." || part === "." || part === "")) return "its path has an empty, . or .. part";
  if (parts.some((part) => Buffer.byteLength(part) > 255))
    return "a part of its path is longer than a file name may be";
  if (size > largestFile) return `it is larger than ${largestFile / 1024 / 1024} MiB, which is data, not code`;
  return undefined;
}

/**
 * The files in the order of their paths, and what they are as one hash: two listings of the same content are the same.
 * @param digest hex sha256 of a text
 */
export function contentOf(files: readonly ManifestFile[], digest: (text: string) => string) {
  const ordered = [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { files: ordered, hash: digest(ordered.map((file) => `${file.sha256} ${file.path}\n`).join("")) };
}

/** The numbered manifest of some files, and the pointer that names it. */
export function numbered(
  files: readonly ManifestFile[],
  number: number,
  digest: (text: string) => string,
  now: number,
): { readonly manifest: Manifest; readonly pointer: ReleasePointer } {
  const content = contentOf(files, digest);
  const id = `r${number}-${content.hash.slice(0, 8)}`;
  return {
    manifest: { id, number, createdAt: now, files: content.files },
    pointer: { id, number, manifest: `releases/${id}.json`, contentHash: content.hash, createdAt: now },
  };
}

/** Paths that differ between two sets of files, by content. */
export function changedPaths(before: readonly ManifestFile[], after: readonly ManifestFile[]) {
  const byPath = (files: readonly ManifestFile[]) => new Map(files.map((file) => [file.path, file.sha256]));
  const [was, is] = [byPath(before), byPath(after)];
  return {
    added: [...is.keys()].filter((path) => !was.has(path)),
    changed: [...is.keys()].filter((path) => was.has(path) && was.get(path) !== is.get(path)),
    removed: [...was.keys()].filter((path) => !is.has(path)),
  };
}
