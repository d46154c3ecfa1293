// How much lies below a prefix of a bucket: counted by listing, since S3 keeps no sum.
import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";

/** Of a thousand objects each: an answer has to come within seconds. */
const mostPages = 20;

export interface SizeBelow {
  readonly count: number;
  readonly bytes: number;
  /** False: there is more than was counted. */
  readonly complete: boolean;
}

/** Objects below a prefix and their bytes together; of the first 20,000 in the order of their names. */
export async function sizeBelow(client: S3Client, Bucket: string, Prefix: string): Promise<SizeBelow> {
  let count = 0;
  let bytes = 0;
  let token: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const answer = await client.send(
      new ListObjectsV2Command({ Bucket, Prefix, ...(token === undefined ? {} : { ContinuationToken: token }) }),
    );
    for (const { Size } of answer.Contents ?? []) {
      count++;
      bytes += Size ?? 0;
    }
    token = answer.NextContinuationToken;
    if (token === undefined) return { count, bytes, complete: true };
  }
  return { count, bytes, complete: false };
}
