// The control bucket of this function's pool.
import { s3ControlBucket } from "../../aws/s3-control-bucket.ts";
import { once, pool } from "../environment.ts";
import { s3Client } from "./s3-client.ts";

export const controlBucket = once(() => s3ControlBucket(s3Client(), { bucket: pool().controlBucket }));
