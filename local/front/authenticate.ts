// From a raw request to who signed it: finds the key, checks the claim, and leaves only the signature itself to be
// proved once the body's hash is known.
import { parseQuery, type QueryParameters, readClaim, type SignatureClaim } from "./claim.ts";
import { presignedV2KeyId, verifyPresignedV2 } from "./presigned-v2.ts";
import { Refusal } from "./refusals.ts";
import { checkClaim, type SignedRequest, type SigningKey, verifySignature } from "./verify.ts";

export type KeyFinder = (accessKeyId: string) => SigningKey | undefined;

export interface RawRequest {
  readonly method: string;
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Authenticated {
  readonly service: string;
  readonly accessKeyId: string;
  readonly arn: string;
  /** What an S3 client says of its body; the S3 worker holds it to it. */
  readonly declaredPayloadHash: string;
  /** Path and query without the parameters that were only the signature. */
  readonly target: string;
  /** What a presigned URL carries in its query although it is a header. */
  readonly hoistedHeaders: Readonly<Record<string, string>>;
  /** @throws Refusal signatureMismatch. Nothing above may be believed before this has returned. */
  verify(payloadHash: string): void;
}

/** @throws Refusal with the first thing that is wrong with the request's credentials */
export function authenticate(raw: RawRequest, keys: KeyFinder, region: string, now: number): Authenticated {
  const query = parseQuery(raw.rawQuery);
  const request: SignedRequest = { method: raw.method, rawPath: raw.rawPath, query, headers: raw.headers };
  const oldKeyId = raw.headers["authorization"] === undefined ? presignedV2KeyId(query) : undefined;
  if (oldKeyId !== undefined) return authenticateV2(raw, request, oldKeyId, keys, now);
  const claim = readClaim(raw.headers, query);
  if (claim === undefined) throw new Refusal("missingToken", "Missing Authentication Token");
  const key = findKey(keys, claim.accessKeyId);
  checkClaim(claim, request, key, region, now);
  return {
    service: claim.service,
    accessKeyId: claim.accessKeyId,
    arn: key.arn,
    declaredPayloadHash: claim.service === "s3" ? declaredPayloadHash(claim, raw, query) : "",
    target: claim.presigned
      ? withoutSignature(raw)
      : raw.rawQuery === ""
        ? raw.rawPath
        : `${raw.rawPath}?${raw.rawQuery}`,
    hoistedHeaders: claim.presigned ? hoistedHeaders(query) : {},
    verify: (payloadHash) => verifySignature(claim, request, key, payloadHash),
  };
}

function authenticateV2(
  raw: RawRequest,
  request: SignedRequest,
  accessKeyId: string,
  keys: KeyFinder,
  now: number,
): Authenticated {
  const key = findKey(keys, accessKeyId);
  return {
    service: "s3",
    accessKeyId,
    arn: key.arn,
    declaredPayloadHash: "UNSIGNED-PAYLOAD",
    target: withoutSignature(raw),
    hoistedHeaders: hoistedHeaders(request.query),
    verify: () => verifyPresignedV2(request, key, now),
  };
}

function findKey(keys: KeyFinder, accessKeyId: string): SigningKey {
  const key = keys(accessKeyId);
  if (key !== undefined) return key;
  throw new Refusal(
    "unknownKey",
    "The security token included in the request is invalid: this one-machine region never issued that access key. Run the command under `hangar exec --`.",
  );
}

function declaredPayloadHash(claim: SignatureClaim, raw: RawRequest, query: QueryParameters): string {
  const declared = raw.headers["x-amz-content-sha256"];
  if (!claim.presigned) {
    if (declared !== undefined) return declared;
    throw new Refusal("wrongBodyHash", "Missing required header for this request: x-amz-content-sha256");
  }
  return declared ?? hoistedHeaders(query)["x-amz-content-sha256"] ?? "UNSIGNED-PAYLOAD";
}

/** The parameters that are the signature itself; a query name beginning with `x-amz-` stands for a header. */
const signatureParameters =
  /^(x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token)|awsaccesskeyid|signature|expires)$/;

function withoutSignature(raw: RawRequest): string {
  const kept = raw.rawQuery.split("&").filter((pair) => {
    const name = decodeURIComponent(pair.split("=", 1)[0] ?? "").toLowerCase();
    return name !== "" && !signatureParameters.test(name) && !name.startsWith("x-amz-");
  });
  return kept.length === 0 ? raw.rawPath : `${raw.rawPath}?${kept.join("&")}`;
}

/** S3 reads `x-amz-` parameters of a presigned URL as headers. Checksums are left out: they are those of no body. */
function hoistedHeaders(query: QueryParameters): Record<string, string> {
  const hoisted: Record<string, string> = {};
  for (const [parameter, value] of query) {
    const name = parameter.toLowerCase();
    if (name.startsWith("x-amz-") && !signatureParameters.test(name) && !name.includes("checksum"))
      hoisted[name] = value;
  }
  return hoisted;
}
