// Looks for plugins, requirements and startup script in the source bucket: their versions and sizes, not their bytes.
import type { FileWish, FoundFiles } from "../domain/layer-wish.ts";
import type { SourceReader } from "../ports/source-buckets.ts";

/** What there is of each; null for what is not there. */
export async function findFiles(
  wishes: readonly FileWish[],
  bucketReader: Pick<SourceReader, "find">,
): Promise<FoundFiles> {
  const found = wishes.map(async ({ part, bucket, key, versionId }) => [
    part,
    (await bucketReader.find(bucket, key, versionId)) ?? null,
  ]);
  return Object.fromEntries(await Promise.all(found)) as FoundFiles;
}
