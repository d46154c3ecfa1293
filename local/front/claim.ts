// What a request says about its own signature: read from the Authorization header or from a presigned URL's query.
// Nothing here is proved yet; verify.ts proves it.
import { Refusal } from "./refusals.ts";

export interface SignatureClaim {
  readonly accessKeyId: string;
  /** `YYYYMMDD` of the credential scope. */
  readonly scopeDate: string;
  readonly region: string;
  /** The signing name: which service the client means. */
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ`, as it enters the string to sign. */
  readonly longDate: string;
  /** Only presigned URLs have one. */
  readonly expiresSeconds?: number;
  readonly sessionToken?: string;
  readonly presigned: boolean;
}

/** Decoded query parameters in the order sent; names may repeat. */
export type QueryParameters = readonly (readonly [name: string, value: string])[];

const algorithm = "AWS4-HMAC-SHA256";

/**
 * Reads the claim, or returns undefined when the request carries no signature at all.
 * @throws Refusal incompleteSignature when it carries one that cannot be read
 */
export function readClaim(
  headers: Readonly<Record<string, string>>,
  query: QueryParameters,
): SignatureClaim | undefined {
  const authorization = headers["authorization"];
  const inQuery = query.some(([name]) => name === "X-Amz-Algorithm" || name === "X-Amz-Signature");
  if (authorization === undefined && !inQuery) return undefined;
  if (authorization !== undefined && inQuery) {
    throw incomplete("Both an Authorization header and X-Amz-Signature in the query were sent; send one.");
  }
  return authorization !== undefined ? fromHeader(authorization, headers) : fromQuery(new Map(query));
}

/** Splits and percent-decodes a raw query. `+` is a blank, as in AWS. @throws Refusal on malformed percent signs */
export function parseQuery(rawQuery: string): QueryParameters {
  if (rawQuery === "") return [];
  return rawQuery
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [decode(pair), ""] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw incomplete("The query string is not validly percent-encoded.");
  }
}

function fromHeader(authorization: string, headers: Readonly<Record<string, string>>): SignatureClaim {
  if (!authorization.startsWith(`${algorithm} `)) {
    throw incomplete(`Unsupported authorization: only ${algorithm} is accepted.`);
  }
  const parts = new Map<string, string>();
  for (const part of authorization.slice(algorithm.length + 1).split(",")) {
    const at = part.indexOf("=");
    if (at > 0) parts.set(part.slice(0, at).trim(), part.slice(at + 1).trim());
  }
  for (const name of ["Credential", "SignedHeaders", "Signature"]) {
    if (!parts.get(name)) throw incomplete(`Authorization header requires '${name}' parameter.`);
  }
  const longDate = headers["x-amz-date"] ?? basicDate(headers["date"]);
  if (longDate === undefined) {
    throw incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  const sessionToken = headers["x-amz-security-token"];
  return {
    ...readScope(parts.get("Credential") ?? ""),
    signedHeaders: readSignedHeaders(parts.get("SignedHeaders") ?? ""),
    signature: parts.get("Signature") ?? "",
    longDate: checkedDate(longDate),
    presigned: false,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}

function fromQuery(query: ReadonlyMap<string, string>): SignatureClaim {
  for (const name of ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"]) {
    if (!query.get(`X-Amz-${name}`)) throw incomplete(`The presigned URL must include 'X-Amz-${name}'.`);
  }
  if (query.get("X-Amz-Algorithm") !== algorithm) throw incomplete(`Only ${algorithm} is accepted.`);
  const expiresSeconds = Number(query.get("X-Amz-Expires"));
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 0 || expiresSeconds > 604_800) {
    throw incomplete("X-Amz-Expires must be a whole number of seconds, at most one week (604800).");
  }
  const sessionToken = query.get("X-Amz-Security-Token");
  return {
    ...readScope(query.get("X-Amz-Credential") ?? ""),
    signedHeaders: readSignedHeaders(query.get("X-Amz-SignedHeaders") ?? ""),
    signature: query.get("X-Amz-Signature") ?? "",
    longDate: checkedDate(query.get("X-Amz-Date") ?? ""),
    expiresSeconds,
    presigned: true,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}

function readScope(credential: string): Pick<SignatureClaim, "accessKeyId" | "scopeDate" | "region" | "service"> {
  const [accessKeyId, scopeDate, region, service, terminator, ...rest] = credential.split("/");
  if (!accessKeyId || !scopeDate || !region || !service || terminator !== "aws4_request" || rest.length > 0) {
    throw incomplete("Credential must be of the form <key id>/<date>/<region>/<service>/aws4_request.");
  }
  return { accessKeyId, scopeDate, region, service };
}

function readSignedHeaders(list: string): readonly string[] {
  const names = list.toLowerCase().split(";");
  if (!names.includes("host")) throw incomplete("'Host' must be a 'SignedHeader' in the AWS Authorization.");
  return names;
}

function checkedDate(longDate: string): string {
  if (/^\d{8}T\d{6}Z$/.test(longDate)) return longDate;
  throw incomplete(`Date must be in ISO-8601 'basic format'. Got '${longDate}'.`);
}

function basicDate(httpDate: string | undefined): string | undefined {
  if (httpDate === undefined) return undefined;
  const time = Date.parse(httpDate);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

function incomplete(message: string): Refusal {
  return new Refusal("incompleteSignature", message);
}
