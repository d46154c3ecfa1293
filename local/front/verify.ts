// Proves a signature: recomputes it with the key's secret and compares in constant time.
import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from "node:crypto";
import { canonicalRequest } from "./canonical-request.ts";
import type { QueryParameters, SignatureClaim } from "./claim.ts";
import { Refusal } from "./refusals.ts";

export interface SignedRequest {
  readonly method: string;
  /** As sent, percent-encoded, without the query. */
  readonly rawPath: string;
  readonly query: QueryParameters;
  /** Lower-case; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A key that may sign: one of the region's own, or a session STS handed out. */
export interface SigningKey {
  readonly secretAccessKey: string;
  readonly arn: string;
  /** Session keys have both. */
  readonly sessionToken?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

const windowMilliseconds = 15 * 60_000;

/**
 * Checks all of a claim but its signature: region, dates, expiry, session token, and which headers are signed.
 * Cheap, and done before a byte of the body is read.
 * @throws Refusal with the first thing that is wrong
 */
export function checkClaim(
  claim: SignatureClaim,
  request: SignedRequest,
  key: SigningKey,
  region: string,
  now: number,
) {
  if (claim.region !== region) {
    throw new Refusal(
      "wrongScope",
      `Credential should be scoped to the region of this one-machine region, '${region}', not '${claim.region}'. Set AWS_REGION=${region}.`,
    );
  }
  if (claim.scopeDate !== claim.longDate.slice(0, 8)) {
    throw new Refusal(
      "wrongScope",
      `Date in Credential scope does not match the request's date: '${claim.scopeDate}'.`,
    );
  }
  checkTime(claim, now);
  checkSession(claim, key, now);
  for (const name of Object.keys(request.headers)) {
    const mustBeSigned = claim.service === "s3" ? name.startsWith("x-amz-") : name === "x-amz-target";
    if (mustBeSigned && !claim.signedHeaders.includes(name)) {
      throw new Refusal("headersNotSigned", `There were headers present in the request which were not signed: ${name}`);
    }
  }
}

/**
 * Recomputes the signature.
 * @param payloadHash lower-case hex, or one of S3's words such as `UNSIGNED-PAYLOAD`
 * @throws Refusal signatureMismatch
 */
export function verifySignature(claim: SignatureClaim, request: SignedRequest, key: SigningKey, payloadHash: string) {
  const canonical = canonicalRequest(request, claim.signedHeaders, payloadHash, claim.service !== "s3");
  const scope = `${claim.scopeDate}/${claim.region}/${claim.service}/aws4_request`;
  // Node hands headers over as latin1; hashing them as latin1 gives the client's bytes back.
  const canonicalHash = hash("sha256", Buffer.from(canonical, "latin1"), "hex");
  const expected = createHmac("sha256", signingKey(key.secretAccessKey, claim))
    .update(`AWS4-HMAC-SHA256\n${claim.longDate}\n${scope}\n${canonicalHash}`)
    .digest();
  const given = Buffer.from(claim.signature, "hex");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Refusal(
      "signatureMismatch",
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    );
  }
}

function checkTime(claim: SignatureClaim, now: number): void {
  const d = claim.longDate;
  const signedAt = Date.parse(
    `${d.slice(0, 4)}-${d.slice(4, 6)}-${d.slice(6, 8)}T${d.slice(9, 11)}:${d.slice(11, 13)}:${d.slice(13, 15)}Z`,
  );
  if (Number.isNaN(signedAt)) throw new Refusal("incompleteSignature", `'${d}' is not a date.`);
  if (claim.expiresSeconds !== undefined) {
    if (now > signedAt + claim.expiresSeconds * 1000) throw new Refusal("expiredUrl", "Request has expired");
    if (signedAt > now + windowMilliseconds) throw new Refusal("expiredUrl", "Request is not yet valid");
  } else if (Math.abs(now - signedAt) > windowMilliseconds) {
    const difference = "The difference between the request time and the current time is too large.";
    const seen = `Signature expired or not yet current: signed at ${d}, now is ${new Date(now).toISOString()}.`;
    throw new Refusal("clockSkew", `${difference} ${seen}`);
  }
}

function checkSession(claim: SignatureClaim, key: SigningKey, now: number): void {
  if (key.expiresAt !== undefined && now >= key.expiresAt) {
    throw new Refusal("expiredToken", "The security token included in the request is expired");
  }
  if (claim.sessionToken === undefined && key.sessionToken === undefined) return;
  const given = hash("sha256", claim.sessionToken ?? "", "buffer");
  const wanted = hash("sha256", key.sessionToken ?? "", "buffer");
  if (!timingSafeEqual(given, wanted)) {
    throw new Refusal("invalidToken", "The security token included in the request is invalid.");
  }
}

const derivedKeys = new Map<string, KeyObject>();

/** The day's signing key; the four HMACs are done once a day per key and service, not once a request. */
function signingKey(secret: string, claim: SignatureClaim): KeyObject {
  const name = `${claim.accessKeyId}/${claim.scopeDate}/${claim.region}/${claim.service}/${secret}`;
  const known = derivedKeys.get(name);
  if (known) return known;
  let key: Buffer | string = `AWS4${secret}`;
  for (const part of [claim.scopeDate, claim.region, claim.service, "aws4_request"]) {
    key = createHmac("sha256", key).update(part).digest();
  }
  if (derivedKeys.size >= 500) derivedKeys.clear();
  const derived = createSecretKey(key as Buffer);
  derivedKeys.set(name, derived);
  return derived;
}
