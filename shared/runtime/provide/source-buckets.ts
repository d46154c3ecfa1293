// The users' buckets, read-only.
import { s3SourceBuckets } from "../../aws/s3-source-buckets.ts";
import { once } from "../environment.ts";
import { s3Client } from "./s3-client.ts";

export const sourceBuckets = once(() => s3SourceBuckets(s3Client()));
