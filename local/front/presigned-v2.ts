// The older presigned S3 URL (`AWSAccessKeyId`, `Signature`, `Expires`), which unmodified boto3 and the AWS CLI still
// make in us-east-1. Only the query form, only for S3: nothing signs whole requests this way any more.
import { createHmac, timingSafeEqual } from "node:crypto";
import type { QueryParameters } from "./claim.ts";
import { Refusal } from "./refusals.ts";
import type { SignedRequest, SigningKey } from "./verify.ts";

/** The access key id of an old-style presigned URL, or undefined when the request is none. */
export function presignedV2KeyId(query: QueryParameters): string | undefined {
  const names = new Map(query);
  return names.has("Signature") && names.has("Expires") ? names.get("AWSAccessKeyId") : undefined;
}

/**
 * Checks expiry, session token and signature.
 * @param now milliseconds since the epoch
 * @throws Refusal expiredUrl, expiredToken, invalidToken or signatureMismatch
 */
export function verifyPresignedV2(request: SignedRequest, key: SigningKey, now: number): void {
  const query = new Map(request.query);
  const expires = Number(query.get("Expires"));
  if (!Number.isFinite(expires) || now > expires * 1000) throw new Refusal("expiredUrl", "Request has expired");
  if (key.expiresAt !== undefined && now >= key.expiresAt) {
    throw new Refusal("expiredToken", "The provided token has expired.");
  }
  const headers: Record<string, string> = { ...request.headers };
  for (const [name, value] of request.query)
    if (isSignedHeader(name.toLowerCase())) headers[name.toLowerCase()] = value;
  if ((headers["x-amz-security-token"] ?? "") !== (key.sessionToken ?? "")) {
    throw new Refusal("invalidToken", "The provided token is malformed or otherwise invalid.");
  }
  const amazonHeaders = Object.keys(headers)
    .filter((name) => name.startsWith("x-amz-"))
    .sort()
    .map((name) => `${name}:${headers[name]}\n`)
    .join("");
  const text = `${request.method}\n${headers["content-md5"] ?? ""}\n${headers["content-type"] ?? ""}\n${query.get("Expires")}\n${amazonHeaders}${resource(request)}`;
  const expected = createHmac("sha1", key.secretAccessKey).update(text).digest();
  const given = Buffer.from(query.get("Signature") ?? "", "base64");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Refusal(
      "signatureMismatch",
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    );
  }
}

function isSignedHeader(name: string): boolean {
  return name.startsWith("x-amz-") || name === "content-md5" || name === "content-type";
}

/** The path and, sorted, those query parameters that name a sub-resource or change the reply. */
function resource(request: SignedRequest): string {
  const pairs = request.query
    .filter(([name]) => signedParameters.has(name))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`));
  return pairs.length === 0 ? request.rawPath : `${request.rawPath}?${pairs.join("&")}`;
}

const signedParameters = new Set(
  (
    "accelerate acl analytics cors delete inventory lifecycle location logging metrics notification object-lock " +
    "partNumber policy replication requestPayment response-cache-control response-content-disposition " +
    "response-content-encoding response-content-language response-content-type response-expires restore select " +
    "select-type storageClass tagging torrent uploadId uploads versionId versioning versions website"
  ).split(" "),
);
