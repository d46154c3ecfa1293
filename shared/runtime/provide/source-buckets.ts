// The users' buckets, read-only, each as the execution role of its environment.
import { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import { assumedSourceBuckets } from "../../aws/assumed-source-buckets.ts";
import { hangarPrincipal } from "../../domain/execution-role.ts";
import { once, pool } from "../environment.ts";
import { s3Client } from "./s3-client.ts";

export const sourceBuckets = once(() => {
  const { requestHandler } = s3Client().config; // its connections serve every role
  const s3 = (credentials: NonNullable<ConstructorParameters<typeof S3Client>[0]>["credentials"]) =>
    new S3Client({ ...(credentials ? { credentials } : {}), requestHandler });
  return assumedSourceBuckets({ sts: new STSClient(), s3 }, hangarPrincipal(pool()));
});
