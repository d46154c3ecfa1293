// PutObject: stream to a content file, verify, and in one transaction check conditions, store the version, note the event.
import { checksumHeaders } from "../checksums.ts";
import { requireWrite } from "../conditions.ts";
import type { ContentWriter } from "../content-writer.ts";
import { describeObject, encryptionHeaders, versionHeaders } from "../object-headers.ts";
import { largestPut, receiveBody } from "../receive-body.ts";
import type { S3Request, S3Response } from "../request.ts";
import type { Store } from "../store.ts";

/** PutObject. */
export async function putObject(request: S3Request, store: Store): Promise<S3Response> {
  store.buckets.get(request.bucket);
  const description = describeObject(request);
  // Refused before the bytes are sent where that is certain; the transaction below decides.
  requireWrite(request.headers, request.key, store.versions.current(request.bucket, request.key));
  return withContent(store, async (writer) => {
    const body = await receiveBody(request, (chunk) => writer.write(chunk), { limit: largestPut });
    const segments = await writer.finish();
    const checksum = body.checksum && { ...body.checksum, type: "FULL_OBJECT" as const };
    const { bucket, version } = await store.commit(() => {
      // Looked up again: both may have changed while the bytes came in.
      const bucket = store.buckets.get(request.bucket);
      requireWrite(request.headers, request.key, store.versions.current(bucket.name, request.key));
      const version = store.versions.put(bucket, {
        ...description,
        key: request.key,
        size: body.size,
        etag: body.md5,
        checksum: checksum && { algorithm: checksum.algorithm, value: checksum.value, type: checksum.type },
        partSizes: undefined,
        segments,
      });
      store.outbox.created(version, "PutObject", request);
      return { bucket, version };
    });
    store.contents.collect();
    return {
      status: 200,
      headers: {
        etag: `"${version.etag}"`,
        ...checksumHeaders(version.checksum),
        ...versionHeaders(version, bucket.versioning !== ""),
        ...encryptionHeaders,
      },
    };
  });
}

/** Gives `work` a content to write; what it throws removes the content. */
export async function withContent<T>(store: Store, work: (writer: ContentWriter) => Promise<T>): Promise<T> {
  const writer = store.contents.create();
  try {
    return await work(writer);
  } catch (error) {
    await writer.discard();
    throw error;
  }
}
