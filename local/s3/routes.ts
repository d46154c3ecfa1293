// Which operation a request is: method, level (service, bucket, object) and sub-resource. What is not in the table is refused.
import { S3Error } from "./errors.ts";
import * as settings from "./operations/bucket-settings.ts";
import * as buckets from "./operations/buckets.ts";
import { copyObject } from "./operations/copy-object.ts";
import { deleteObject, deleteObjects } from "./operations/delete-objects.ts";
import { listObjects, listObjectsV2, listObjectVersions } from "./operations/listings.ts";
import * as multipart from "./operations/multipart.ts";
import { listMultipartUploads, listParts } from "./operations/multipart-listings.ts";
import * as tagging from "./operations/object-tagging.ts";
import * as access from "./operations/public-access.ts";
import { findVersion, readObject } from "./operations/read-object.ts";
import { putObject } from "./operations/write-object.ts";
import type { S3Request, S3Response } from "./request.ts";
import type { Store } from "./store.ts";

export type Operation = (request: S3Request, store: Store) => S3Response | Promise<S3Response>;

/**
 * The operation a request asks for.
 * @throws S3Error NotImplemented for a sub-resource this engine does not have, MethodNotAllowed, AccessDenied when the
 *   client expects the bucket to be another account's
 */
export function routeOf(request: S3Request, store: Store): Operation {
  const level = request.bucket === "" ? "service" : request.key === "" ? "bucket" : "object";
  for (const name of ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"]) {
    const expected = request.headers[name];
    if (expected !== undefined && expected !== store.accountId) throw new S3Error("AccessDenied");
  }
  const table = operations[level];
  const named = [...request.query.keys()].filter((name) => subResources.has(name));
  for (const name of named) {
    const operation = table[`${request.method} ${name}`];
    if (operation) return operation;
  }
  const unknown = named.find((name) => !(readModifiers.has(name) && /^(GET|HEAD)$/.test(request.method)));
  if (unknown !== undefined) {
    throw new S3Error("NotImplemented", {
      message: `${request.method} ?${unknown} is not implemented by this one-machine region.`,
      members: { Resource: unknown },
    });
  }
  const operation = table[request.method];
  if (operation) return operation;
  if (request.method === "OPTIONS") throw new S3Error("AccessForbidden");
  throw new S3Error(request.method === "POST" ? "NotImplemented" : "MethodNotAllowed", {
    members: { Method: request.method, ResourceType: level.toUpperCase() },
  });
}

const getAcl: Operation = (request, store) => {
  store.buckets.get(request.bucket);
  if (request.key !== "") findVersion(request, store);
  return settings.getAccessList(request, store);
};

const operations: Readonly<Record<"service" | "bucket" | "object", Readonly<Record<string, Operation>>>> = {
  service: { GET: buckets.listBuckets },
  bucket: {
    GET: listObjects,
    "GET list-type": listObjectsV2,
    "GET versions": listObjectVersions,
    "GET uploads": listMultipartUploads,
    HEAD: buckets.headBucket,
    PUT: buckets.createBucket,
    DELETE: buckets.deleteBucket,
    "POST delete": deleteObjects,
    "GET location": buckets.getBucketLocation,
    "GET versioning": settings.getBucketVersioning,
    "PUT versioning": settings.putBucketVersioning,
    "GET publicAccessBlock": access.getPublicAccessBlock,
    "PUT publicAccessBlock": access.putPublicAccessBlock,
    "DELETE publicAccessBlock": access.deletePublicAccessBlock,
    "GET encryption": settings.getBucketEncryption,
    "PUT encryption": settings.putBucketEncryption,
    "DELETE encryption": settings.deleteBucketEncryption,
    "GET tagging": settings.getBucketTagging,
    "PUT tagging": settings.putBucketTagging,
    "DELETE tagging": settings.deleteBucketTagging,
    "GET notification": settings.getBucketNotification,
    "PUT notification": settings.putBucketNotification,
    "GET ownershipControls": settings.getOwnershipControls,
    "PUT ownershipControls": settings.putOwnershipControls,
    "GET acl": getAcl,
    "PUT acl": settings.absentSetting("AccessControlListNotSupported"),
    "GET policy": settings.absentSetting("NoSuchBucketPolicy"),
    "GET policyStatus": settings.absentSetting("NoSuchBucketPolicy"),
    "GET lifecycle": settings.absentSetting("NoSuchLifecycleConfiguration"),
    "GET cors": settings.absentSetting("NoSuchCORSConfiguration"),
    "GET website": settings.absentSetting("NoSuchWebsiteConfiguration"),
    "GET replication": settings.absentSetting("ReplicationConfigurationNotFoundError"),
    "GET object-lock": settings.absentSetting("ObjectLockConfigurationNotFoundError"),
    "GET logging": settings.restingSetting("BucketLoggingStatus", {}),
    "GET accelerate": settings.restingSetting("AccelerateConfiguration", {}),
    "GET requestPayment": settings.restingSetting("RequestPaymentConfiguration", { Payer: "BucketOwner" }),
    "DELETE policy": settings.deleteAbsentSetting,
    "DELETE lifecycle": settings.deleteAbsentSetting,
    "DELETE cors": settings.deleteAbsentSetting,
    "DELETE website": settings.deleteAbsentSetting,
    "DELETE replication": settings.deleteAbsentSetting,
  },
  object: {
    GET: readObject,
    HEAD: readObject,
    PUT: (request, store) =>
      (request.headers["x-amz-copy-source"] === undefined ? putObject : copyObject)(request, store),
    DELETE: deleteObject,
    "POST uploads": multipart.createMultipartUpload,
    "PUT uploadId": (request, store) =>
      (request.headers["x-amz-copy-source"] === undefined ? multipart.uploadPart : multipart.uploadPartCopy)(
        request,
        store,
      ),
    "POST uploadId": multipart.completeMultipartUpload,
    "DELETE uploadId": multipart.abortMultipartUpload,
    "GET uploadId": listParts,
    "GET tagging": tagging.getObjectTagging,
    "PUT tagging": tagging.putObjectTagging,
    "DELETE tagging": tagging.deleteObjectTagging,
    "GET acl": getAcl,
    "PUT acl": settings.absentSetting("AccessControlListNotSupported"),
  },
};

// Query names that make a request another operation. All of S3's are here, so that none is taken for a plain GET or PUT.
const subResources = new Set(
  `abac accelerate acl analytics annotation attributes cors delete encryption intelligent-tiering inventory legal-hold
   lifecycle list-type location logging metadataAnnotationTable metadataConfiguration metadataInventoryTable
   metadataJournalTable metadataTable metrics notification object-lock ownershipControls partNumber policy policyStatus
   publicAccessBlock renameObject replication requestPayment restore retention select session tagging torrent uploadId
   uploads versioning versions website`.split(/\s+/),
);
// This one only refines a read.
const readModifiers = new Set(["partNumber"]);
