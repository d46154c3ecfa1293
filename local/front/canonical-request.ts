// The text both sides of a SigV4 signature hash, made once a request on the hot path of everything the region answers:
// equal to the SDK signer's own, byte by byte (canonical-request.test.ts), without the objects that one wants made first.
// Source of the rules: IAM User Guide, "Create a signed AWS API request".
import type { SignedRequest } from "./verify.ts";

/**
 * The canonical request.
 * @param encodesPathTwice true for every service but S3, which signs the path as sent
 * @param payloadHash lower-case hex, or one of S3's words
 */
export function canonicalRequest(
  request: SignedRequest,
  signedHeaders: readonly string[],
  payloadHash: string,
  encodesPathTwice: boolean,
): string {
  const names = isAscending(signedHeaders) ? signedHeaders : [...new Set(signedHeaders)].sort();
  let headers = "";
  for (const name of names) headers += `${name}:${headerValue(request.headers, name)}\n`;
  const path = encodesPathTwice ? encodedPath(request.rawPath) : request.rawPath;
  return `${request.method}\n${path}\n${canonicalQuery(request)}\n${headers}\n${names.join(";")}\n${payloadHash}`;
}

/** In order and without repeats, as every client sends them: nothing to sort. */
function isAscending(names: readonly string[]): boolean {
  for (let at = 1; at < names.length; at++) if (names[at - 1]! >= names[at]!) return false;
  return true;
}

function headerValue(headers: SignedRequest["headers"], name: string): string {
  const value = Object.hasOwn(headers, name) ? headers[name]!.trim() : "";
  return /\s\s|[^\S ]/.test(value) ? value.replace(/\s+/g, " ") : value;
}

/** Without empty segments and dots, then percent-encoded once more. */
function encodedPath(rawPath: string): string {
  if (/^(?:\/[\w~-][\w.~-]*)+$/.test(rawPath)) return rawPath;
  const kept: string[] = [];
  for (const segment of rawPath.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment === "..") kept.pop();
    else kept.push(encoded(segment));
  }
  const start = rawPath.startsWith("/") ? "/" : "";
  return `${start}${kept.join("/")}${kept.length > 0 && rawPath.endsWith("/") ? "/" : ""}`;
}

function canonicalQuery({ query }: SignedRequest): string {
  if (query.length === 0) return "";
  const pairs: (readonly [name: string, pair: string])[] = [];
  for (const [name, value] of query) {
    if (name.toLowerCase() === "x-amz-signature") continue;
    const encodedName = encoded(name);
    pairs.push([encodedName, `${encodedName}=${encoded(value)}`]);
  }
  // by name first: as whole pairs, `a-b=` would come before `a=`
  pairs.sort(([name, pair], [otherName, other]) => compare(name, otherName) || compare(pair, other));
  return pairs.map(([, pair]) => pair).join("&");
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** RFC 3986's unreserved characters stay. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
