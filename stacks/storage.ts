// What Hangar keeps: the records in one table, and the bucket where control plane and data plane meet.
import { production } from "./settings.ts";

/** Keys as shared/aws writes them; a test compares them with the adapters' own schema. */
export const table = new sst.aws.Dynamo("Table", {
  fields: { pk: "string", sk: "string", kind: "string", sort: "string" },
  primaryIndex: { hashKey: "pk", rangeKey: "sk" },
  globalIndexes: { byKind: { hashKey: "kind", rangeKey: "sort", projection: "keys-only" } },
  ttl: "expiresAt",
  deletionProtection: production,
});

export const controlBucket = new sst.aws.Bucket("Control", {
  versioning: true,
  cors: false,
  transform: {
    bucket: (bucket) => {
      // SST empties a bucket to remove it; releases and configuration of live environments are not for that.
      bucket.forceDestroy = !production;
    },
  },
});

/** Agents overwrite their report every 30 s: 2,880 versions a day and task. A few days are enough to look back. */
export const controlBucketLifecycle = new aws.s3.BucketLifecycleConfiguration("ControlLifecycle", {
  bucket: controlBucket.name,
  rules: [
    {
      id: "old-versions",
      status: "Enabled",
      filter: { prefix: "" },
      noncurrentVersionExpiration: { noncurrentDays: 3 },
      abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
      expiration: { expiredObjectDeleteMarker: true },
    },
  ],
});
