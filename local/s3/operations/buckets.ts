// Buckets themselves: create, head, delete, list, location.
import { S3Error } from "../errors.ts";
import { receiveText } from "../receive-body.ts";
import { numberInQuery, type S3Request, type S3Response } from "../request.ts";
import type { Store } from "../store.ts";
import { readXml, textOf, writeXml } from "../xml.ts";
import { ownerXml } from "./owner.ts";
import { blockAllPublicAccess } from "./public-access.ts";

/** CreateBucket. New buckets block public access, as S3's do since April 2023. */
export async function createBucket(request: S3Request, store: Store): Promise<S3Response> {
  const name = request.bucket;
  requireBucketName(name);
  refuseUnsupported(request);
  requireLocation(await receiveText(request), store.region);
  const made = await store.commit(() => {
    const created = store.buckets.create(name, Math.floor(store.now() / 1000) * 1000);
    if (created) store.buckets.setSetting(name, "publicAccessBlock", blockAllPublicAccess);
    return created;
  });
  // us-east-1 alone keeps S3's first behaviour: creating one's own bucket again succeeds and changes nothing.
  if (!made && store.region !== "us-east-1")
    throw new S3Error("BucketAlreadyOwnedByYou", { members: { BucketName: name } });
  return { status: 200, headers: { location: `/${name}`, "x-amz-bucket-arn": `arn:aws:s3:::${name}` } };
}

/** HeadBucket. */
export function headBucket(request: S3Request, store: Store): S3Response {
  const { name } = store.buckets.get(request.bucket);
  return {
    status: 200,
    headers: {
      "x-amz-bucket-region": store.region,
      "x-amz-access-point-alias": "false",
      "x-amz-bucket-arn": `arn:aws:s3:::${name}`,
    },
  };
}

/** DeleteBucket. */
export async function deleteBucket(request: S3Request, store: Store): Promise<S3Response> {
  await store.commit(() => store.buckets.remove(request.bucket));
  return { status: 204 };
}

/** ListBuckets, in pages only when the client asks for pages. */
export function listBuckets(request: S3Request, store: Store): S3Response {
  const prefix = request.query.get("prefix") ?? "";
  const limit = Math.min(10_000, numberInQuery(request, "max-buckets", 10_000, 1));
  const token = request.query.get("continuation-token");
  const after = token ? Buffer.from(token, "base64url").toString("utf8") : "";
  const region = request.query.get("bucket-region") ?? store.region;
  const found = region === store.region ? store.buckets.list(prefix, after, limit + 1) : [];
  const buckets = found.slice(0, limit);
  const last = found.length > limit ? buckets.at(-1) : undefined;
  return {
    status: 200,
    body: writeXml("ListAllMyBucketsResult", {
      Owner: ownerXml(request.accountId),
      Buckets: {
        Bucket: buckets.map(({ name, created }) => ({
          Name: name,
          CreationDate: new Date(created).toISOString(),
          BucketRegion: store.region,
          BucketArn: `arn:aws:s3:::${name}`,
        })),
      },
      ContinuationToken: last && Buffer.from(last.name).toString("base64url"),
      Prefix: prefix === "" ? undefined : prefix,
    }),
  };
}

/** GetBucketLocation: empty for us-east-1. */
export function getBucketLocation(request: S3Request, store: Store): S3Response {
  store.buckets.get(request.bucket);
  return { status: 200, body: writeXml("LocationConstraint", store.region === "us-east-1" ? "" : store.region) };
}

/** @throws S3Error InvalidBucketName unless the name keeps S3's rules for general purpose buckets */
export function requireBucketName(name: string): void {
  const wellFormed =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !/\.\.|^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !/^(xn--|sthree-|amzn-s3-demo-)/.test(name) &&
    !/(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name);
  if (!wellFormed) throw new S3Error("InvalidBucketName", { members: { BucketName: name } });
}

function requireLocation(text: string, region: string): void {
  const constraint = text === "" ? undefined : locationOf(text);
  if (constraint === undefined) {
    if (region !== "us-east-1") throw new S3Error("IllegalLocationConstraintException");
  } else if (constraint === "us-east-1") {
    throw new S3Error("InvalidLocationConstraint", { members: { LocationConstraint: constraint } });
  } else if (constraint !== region) {
    throw new S3Error("IllegalLocationConstraintException", {
      message: `The ${constraint} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    });
  }
}

function locationOf(text: string): string | undefined {
  const configuration = readXml(text, "CreateBucketConfiguration", ["Tag"]);
  for (const name of ["Location", "Bucket", "Tags"]) {
    if (configuration[name] !== undefined) throw notImplemented(`CreateBucketConfiguration.${name}`);
  }
  return textOf(configuration, "LocationConstraint") || undefined;
}

function refuseUnsupported(request: S3Request): void {
  const { headers } = request;
  if (headers["x-amz-bucket-object-lock-enabled"]?.toLowerCase() === "true") {
    throw notImplemented("x-amz-bucket-object-lock-enabled");
  }
  if ((headers["x-amz-object-ownership"] ?? "BucketOwnerEnforced") !== "BucketOwnerEnforced") {
    throw notImplemented("x-amz-object-ownership");
  }
  const grants = Object.keys(headers).some((name) => name.startsWith("x-amz-grant-"));
  if (grants || (headers["x-amz-acl"] ?? "private") !== "private") {
    throw new S3Error("InvalidRequest", {
      message: "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    });
  }
}

function notImplemented(name: string): S3Error {
  return new S3Error("NotImplemented", { members: { Header: name } });
}
