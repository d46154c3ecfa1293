// One S3 client per function, shared by source and control bucket.
import { S3Client } from "@aws-sdk/client-s3";
import { once } from "../environment.ts";

export const s3Client = once(() => new S3Client());
