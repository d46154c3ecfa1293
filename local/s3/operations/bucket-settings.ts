// Settings of a bucket: versioning, encryption, tags, notifications, ownership, access list, and the honest answers about
// settings that no bucket of this engine can have.
import { S3Error, type S3ErrorCode } from "../errors.ts";
import { receiveText } from "../receive-body.ts";
import type { S3Request, S3Response } from "../request.ts";
import type { Store } from "../store.ts";
import { tagsInDocument, tagsXml } from "../tags.ts";
import type { Tag } from "../versions.ts";
import { childOf, childrenOf, readXml, textOf, writeXml } from "../xml.ts";
import { ownerXml } from "./owner.ts";

/** GetBucketVersioning: empty until versioning was first switched on. */
export function getBucketVersioning(request: S3Request, store: Store): S3Response {
  const { versioning } = store.buckets.get(request.bucket);
  return { status: 200, body: writeXml("VersioningConfiguration", { Status: versioning || undefined }) };
}

/** PutBucketVersioning. */
export async function putBucketVersioning(request: S3Request, store: Store): Promise<S3Response> {
  store.buckets.get(request.bucket);
  const document = readXml(await receiveText(request), "VersioningConfiguration");
  const status = textOf(document, "Status");
  if (textOf(document, "MfaDelete") === "Enabled") throw notImplemented("MfaDelete");
  if (status === undefined) {
    throw new S3Error("IllegalVersioningConfigurationException");
  }
  if (status !== "Enabled" && status !== "Suspended") throw new S3Error("MalformedXML");
  await store.commit(() => store.buckets.setVersioning(request.bucket, status));
  return { status: 200 };
}

/** GetBucketEncryption: S3's default, since every bucket has one. */
export function getBucketEncryption(request: S3Request, store: Store): S3Response {
  const { name } = store.buckets.get(request.bucket);
  const { bucketKey } = store.buckets.setting<{ bucketKey: boolean }>(name, "encryption") ?? { bucketKey: false };
  return {
    status: 200,
    body: writeXml("ServerSideEncryptionConfiguration", {
      Rule: {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" },
        BucketKeyEnabled: bucketKey,
      },
    }),
  };
}

/** PutBucketEncryption: AES256 only; keys of KMS are refused, since there is no KMS to hold them. */
export async function putBucketEncryption(request: S3Request, store: Store): Promise<S3Response> {
  store.buckets.get(request.bucket);
  const document = readXml(await receiveText(request), "ServerSideEncryptionConfiguration", ["Rule"]);
  const [rule, ...others] = childrenOf(document, "Rule");
  if (!rule || others.length > 0) throw new S3Error("MalformedXML");
  const byDefault = childOf(rule, "ApplyServerSideEncryptionByDefault");
  const algorithm = byDefault && textOf(byDefault, "SSEAlgorithm");
  if (algorithm === "aws:kms" || algorithm === "aws:kms:dsse") throw notImplemented(`SSEAlgorithm ${algorithm}`);
  if (algorithm !== undefined && algorithm !== "AES256") throw new S3Error("MalformedXML");
  const bucketKey = textOf(rule, "BucketKeyEnabled") === "true";
  await store.commit(() => store.buckets.setSetting(request.bucket, "encryption", { bucketKey }));
  return { status: 200 };
}

/** DeleteBucketEncryption: back to S3's default. */
export async function deleteBucketEncryption(request: S3Request, store: Store): Promise<S3Response> {
  await store.commit(() => store.buckets.setSetting(request.bucket, "encryption", undefined));
  return { status: 204 };
}

/** GetBucketTagging. */
export function getBucketTagging(request: S3Request, store: Store): S3Response {
  const { name } = store.buckets.get(request.bucket);
  const tags = store.buckets.setting<Tag[]>(name, "tagging");
  if (!tags || tags.length === 0) throw new S3Error("NoSuchTagSet", { members: { BucketName: name } });
  return { status: 200, body: writeXml("Tagging", tagsXml(tags)) };
}

/** PutBucketTagging. */
export async function putBucketTagging(request: S3Request, store: Store): Promise<S3Response> {
  store.buckets.get(request.bucket);
  const tags = tagsInDocument(await receiveText(request), "bucket");
  await store.commit(() => store.buckets.setSetting(request.bucket, "tagging", tags));
  return { status: 204 };
}

/** DeleteBucketTagging. */
export async function deleteBucketTagging(request: S3Request, store: Store): Promise<S3Response> {
  await store.commit(() => store.buckets.setSetting(request.bucket, "tagging", undefined));
  return { status: 204 };
}

/** GetBucketNotificationConfiguration. */
export function getBucketNotification(request: S3Request, store: Store): S3Response {
  const { name } = store.buckets.get(request.bucket);
  const enabled = store.buckets.setting<boolean>(name, "eventBridge") === true;
  const configuration = enabled ? { EventBridgeConfiguration: {} } : {};
  return { status: 200, body: writeXml("NotificationConfiguration", configuration) };
}

/** PutBucketNotificationConfiguration: EventBridge (where every bucket sends its events) or nothing. */
export async function putBucketNotification(request: S3Request, store: Store): Promise<S3Response> {
  store.buckets.get(request.bucket);
  const document = readXml(await receiveText(request), "NotificationConfiguration");
  for (const name of ["TopicConfiguration", "QueueConfiguration", "CloudFunctionConfiguration"]) {
    if (document[name] !== undefined) throw notImplemented(name);
  }
  const enabled = childOf(document, "EventBridgeConfiguration") !== undefined;
  await store.commit(() => store.buckets.setSetting(request.bucket, "eventBridge", enabled || undefined));
  return { status: 200 };
}

/** GetBucketOwnershipControls: access lists are off in every bucket. */
export function getOwnershipControls(request: S3Request, store: Store): S3Response {
  store.buckets.get(request.bucket);
  return { status: 200, body: writeXml("OwnershipControls", { Rule: { ObjectOwnership: "BucketOwnerEnforced" } }) };
}

/** PutBucketOwnershipControls: only what every bucket has already. */
export async function putOwnershipControls(request: S3Request, store: Store): Promise<S3Response> {
  store.buckets.get(request.bucket);
  const document = readXml(await receiveText(request), "OwnershipControls", ["Rule"]);
  const [rule] = childrenOf(document, "Rule");
  if (!rule) throw new S3Error("MalformedXML");
  if (textOf(rule, "ObjectOwnership") !== "BucketOwnerEnforced") throw notImplemented("ObjectOwnership");
  return { status: 200 };
}

/** GetBucketAcl and GetObjectAcl: the owner, and nobody else. */
export function getAccessList(request: S3Request, store: Store): S3Response {
  store.buckets.get(request.bucket);
  const { ID } = ownerXml(request.accountId);
  const grantee = `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>${ID}</ID></Grantee>`;
  const list = `<Grant>${grantee}<Permission>FULL_CONTROL</Permission></Grant>`;
  const body = writeXml("AccessControlPolicy", { Owner: { ID }, AccessControlList: "" });
  return { status: 200, body: body.replace("<AccessControlList>", `<AccessControlList>${list}`) };
}

/** A setting no bucket here has: S3's own "there is none", once the bucket itself is there. */
export function absentSetting(code: S3ErrorCode): (request: S3Request, store: Store) => S3Response {
  return (request, store) => {
    const { name } = store.buckets.get(request.bucket);
    throw new S3Error(code, { members: { BucketName: name } });
  };
}

/** A setting whose resting state S3 answers as a document. */
export function restingSetting(
  root: string,
  content: Readonly<Record<string, string>>,
): (request: S3Request, store: Store) => S3Response {
  return (request, store) => {
    store.buckets.get(request.bucket);
    return { status: 200, body: writeXml(root, content) };
  };
}

/** Deleting a setting no bucket here has: done, as S3 says of what is not there. */
export function deleteAbsentSetting(request: S3Request, store: Store): S3Response {
  store.buckets.get(request.bucket);
  return { status: 204 };
}

function notImplemented(name: string): S3Error {
  return new S3Error("NotImplemented", { members: { Header: name } });
}
