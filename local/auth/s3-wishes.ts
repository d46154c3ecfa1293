// What an S3 request wants to do, in IAM's words. Read from the request line and headers alone: the body is streamed.
// Where S3's own router could choose between two meanings, both must be allowed.
import type { Wish } from "./authority.ts";

export interface S3RequestLine {
  readonly method: string;
  /** Path and query as the S3 engine will see them. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The actions behind `<method> <sub-resource>`; a sub-resource that is not here is asked for under its own name. */
const bucketActions: Readonly<Record<string, readonly string[]>> = {
  GET: ["ListBucket"],
  HEAD: ["ListBucket"],
  PUT: ["CreateBucket"],
  DELETE: ["DeleteBucket"],
  "GET list-type": ["ListBucket"],
  "GET versions": ["ListBucketVersions"],
  "GET uploads": ["ListBucketMultipartUploads"],
  "GET location": ["GetBucketLocation"],
  "GET versioning": ["GetBucketVersioning"],
  "PUT versioning": ["PutBucketVersioning"],
  "GET publicAccessBlock": ["GetBucketPublicAccessBlock"],
  "PUT publicAccessBlock": ["PutBucketPublicAccessBlock"],
  "DELETE publicAccessBlock": ["PutBucketPublicAccessBlock"],
  "GET encryption": ["GetEncryptionConfiguration"],
  "PUT encryption": ["PutEncryptionConfiguration"],
  "DELETE encryption": ["PutEncryptionConfiguration"],
  "GET tagging": ["GetBucketTagging"],
  "PUT tagging": ["PutBucketTagging"],
  "DELETE tagging": ["PutBucketTagging"],
  "GET notification": ["GetBucketNotification"],
  "PUT notification": ["PutBucketNotification"],
  "GET ownershipControls": ["GetBucketOwnershipControls"],
  "PUT ownershipControls": ["PutBucketOwnershipControls"],
  "GET acl": ["GetBucketAcl"],
  "PUT acl": ["PutBucketAcl"],
  "GET policy": ["GetBucketPolicy"],
  "GET policyStatus": ["GetBucketPolicyStatus"],
  "DELETE policy": ["DeleteBucketPolicy"],
  "GET lifecycle": ["GetLifecycleConfiguration"],
  "DELETE lifecycle": ["PutLifecycleConfiguration"],
  "GET cors": ["GetBucketCORS"],
  "DELETE cors": ["PutBucketCORS"],
  "GET website": ["GetBucketWebsite"],
  "DELETE website": ["DeleteBucketWebsite"],
  "GET replication": ["GetReplicationConfiguration"],
  "DELETE replication": ["PutReplicationConfiguration"],
  "GET object-lock": ["GetBucketObjectLockConfiguration"],
  "GET logging": ["GetBucketLogging"],
  "GET accelerate": ["GetAccelerateConfiguration"],
  "GET requestPayment": ["GetBucketRequestPayment"],
};

const objectActions: Readonly<Record<string, readonly string[]>> = {
  GET: ["GetObject"],
  HEAD: ["GetObject"],
  PUT: ["PutObject"],
  DELETE: ["DeleteObject"],
  "POST uploads": ["PutObject"],
  "PUT uploadId": ["PutObject"],
  "POST uploadId": ["PutObject"],
  "DELETE uploadId": ["AbortMultipartUpload"],
  "GET uploadId": ["ListMultipartUploadParts"],
  "GET tagging": ["GetObjectTagging"],
  "PUT tagging": ["PutObjectTagging"],
  "DELETE tagging": ["DeleteObjectTagging"],
  "GET acl": ["GetObjectAcl"],
  "PUT acl": ["PutObjectAcl"],
};

/** Query names that make a request another operation. Others only refine it, or the engine refuses them. */
const subResources = new Set(
  [...Object.keys(bucketActions), ...Object.keys(objectActions)].flatMap((entry) => entry.split(" ").slice(1)),
);

/** Everything that must be allowed before the request may go on. Never empty. */
export function s3Wishes({ method, target, headers }: S3RequestLine): readonly Wish[] {
  const at = target.indexOf("?");
  const path = (at < 0 ? target : target.slice(0, at)).slice(1);
  const query = new URLSearchParams(at < 0 ? "" : target.slice(at + 1));
  const slash = path.indexOf("/");
  const bucket = decoded(slash < 0 ? path : path.slice(0, slash));
  const key = slash < 0 ? "" : decoded(path.slice(slash + 1));
  if (bucket === "") return [{ action: method === "GET" ? "s3:ListAllMyBuckets" : `s3:${method}`, target: "*" }];

  const arn = `arn:aws:s3:::${bucket}${key === "" ? "" : `/${key}`}`;
  const named = [...new Set(query.keys())].filter((name) => subResources.has(name));
  if (key === "" && method === "POST" && query.has("delete")) return deletions(bucket);
  const table = key === "" ? bucketActions : objectActions;
  const plain = table[method] ?? [method];
  const actions =
    named.length === 0 ? plain : named.flatMap((name) => table[`${method} ${name}`] ?? [`${method}:${name}`]);
  const ofVersion = key !== "" && query.has("versionId");
  const wishes = actions.map((action) => ({ action: `s3:${ofVersion ? versioned(action) : action}`, target: arn }));
  return [...wishes, ...copySources(query, headers).map(readingSource)];
}

/** The keys are in the body, with or without versions: the whole bucket's objects must be allowed. */
function deletions(bucket: string): readonly Wish[] {
  const target = { within: `arn:aws:s3:::${bucket}/` };
  return ["s3:DeleteObject", "s3:DeleteObjectVersion"].map((action) => ({ action, target }));
}

/** S3 has an action of its own for a named version of an object. */
function versioned(action: string): string {
  return /^(Get|Put|Delete)Object(Tagging|Acl)?$/.test(action)
    ? action.replace(/^(Get|Put|Delete)Object/, "$1ObjectVersion")
    : action;
}

/** A copy names its source in a header, or, presigned, in the query. */
function copySources(query: URLSearchParams, headers: Readonly<Record<string, string>>): readonly string[] {
  const inQuery = [...query].filter(([name]) => name.toLowerCase() === "x-amz-copy-source").map(([, value]) => value);
  const inHeader = headers["x-amz-copy-source"];
  return inHeader === undefined ? inQuery : [inHeader, ...inQuery];
}

/** Cut apart where the engine cuts it: a question mark may be part of a key. */
function readingSource(source: string): Wish {
  const at = source.lastIndexOf("?versionId=");
  const path = decoded(at < 0 ? source : source.slice(0, at)).replace(/^\//, "");
  return { action: at < 0 ? "s3:GetObject" : "s3:GetObjectVersion", target: `arn:aws:s3:::${path}` };
}

/** Decoded once, as the engine does; what cannot be decoded the engine refuses. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
