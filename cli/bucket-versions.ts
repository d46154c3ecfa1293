// What lies in the source bucket now, asked with the caller's own keys: whether the environment has taken it in already.
import { ListObjectVersionsCommand, S3Client } from "@aws-sdk/client-s3";
import type { ApiTarget } from "./api-client.ts";
import type { Sync, SyncFile } from "./releases.ts";

export interface ObjectVersion {
  readonly versionId: string;
  readonly isLatest: boolean;
  /** Of a delete marker undefined. */
  readonly content: string | undefined;
}

/** By path below the prefix. */
export type BucketVersions = ReadonlyMap<string, readonly ObjectVersion[]>;

const mostPages = 50;

/** @returns undefined where the caller may not look, or there is more than can be looked through while waiting */
export async function bucketVersions(target: ApiTarget, { Name, Prefix }: Sync["Bucket"], path: string) {
  const client = new S3Client({
    region: target.region,
    endpoint: target.url,
    credentials: target.key,
    forcePathStyle: true,
  });
  const found = new Map<string, ObjectVersion[]>();
  const add = (key: string | undefined, version: ObjectVersion) => {
    const below = (key ?? "").slice(Prefix.length);
    if (below !== "" && !below.endsWith("/")) found.set(below, [...(found.get(below) ?? []), version]);
  };
  try {
    let from: { KeyMarker?: string; VersionIdMarker?: string } = {};
    for (let page = 0; page < mostPages; page++) {
      const answer = await client.send(
        new ListObjectVersionsCommand({ Bucket: Name, Prefix: `${Prefix}${path}`, ...from }),
      );
      for (const { Key, VersionId = "null", IsLatest = false, ETag, Size } of answer.Versions ?? [])
        add(Key, { versionId: VersionId, isLatest: IsLatest, content: `${ETag} ${Size}` });
      for (const { Key, VersionId = "null", IsLatest = false } of answer.DeleteMarkers ?? [])
        add(Key, { versionId: VersionId, isLatest: IsLatest, content: undefined });
      if (!answer.IsTruncated) return found as BucketVersions;
      from = {
        ...(answer.NextKeyMarker === undefined ? {} : { KeyMarker: answer.NextKeyMarker }),
        ...(answer.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: answer.NextVersionIdMarker }),
      };
    }
    return undefined;
  } catch (error) {
    const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
    if ($metadata?.httpStatusCode === 403 || $metadata?.httpStatusCode === 404) return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}

/**
 * Paths whose newest state the environment has not taken in. The same bytes uploaded again are taken in already: no
 * release is made of them, so their version shows nowhere.
 */
export function pendingPaths(versions: BucketVersions, { Files, LeftOut }: Pick<Sync, "Files" | "LeftOut">) {
  const rows = new Map(Files.map((file) => [file.Path, file]));
  const mayBeLeftOut = LeftOut.length >= mostLeftOutNamed;
  const changed = [...versions].filter(([path, all]) => {
    const newest = all.find(({ isLatest }) => isLatest);
    const row = rows.get(path);
    if (newest?.content === undefined) return row !== undefined && row.VersionId !== null;
    if (!row) return !mayBeLeftOut;
    return !isTakenIn(newest, all, row);
  });
  const gone = Files.filter(({ Path, VersionId }) => VersionId !== null && !versions.has(Path));
  return [...changed.map(([path]) => path), ...gone.map(({ Path }) => Path)];
}

/** The API names no more. */
const mostLeftOutNamed = 100;

function isTakenIn(newest: ObjectVersion, all: readonly ObjectVersion[], row: SyncFile): boolean {
  if (row.State === "LEFT_OUT" || row.VersionId === newest.versionId) return true;
  return all.some(({ versionId, content }) => versionId === row.VersionId && content === newest.content);
}
