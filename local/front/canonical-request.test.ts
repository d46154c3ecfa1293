import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalRequest } from "./canonical-request.ts";
import type { SignedRequest } from "./verify.ts";

/** The SDK signer's own canonical request, from what it wants to be given. */
class SdkSigner extends SignatureV4 {
  text({ method, rawPath, query, headers }: SignedRequest, signedHeaders: readonly string[], payloadHash: string) {
    const signed = Object.fromEntries(
      signedHeaders.map((name) => [name, (headers[name] ?? "").trim().replace(/\s+/g, " ")]),
    );
    const grouped: Record<string, string | string[]> = {};
    for (const [name, value] of query) {
      const before = grouped[name];
      grouped[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
    }
    return this.createCanonicalRequest(
      { method, protocol: "http:", hostname: "", path: rawPath, headers: signed, query: grouped },
      signed,
      payloadHash,
    );
  }
}

const signer = (uriEscapePath: boolean) =>
  new SdkSigner({
    service: "",
    region: "",
    credentials: { accessKeyId: "", secretAccessKey: "" },
    sha256: Sha256,
    uriEscapePath,
  });

const sign = fc.constantFrom(..."abzAZ019-_.~!'()*%+&=/ ,;:@$?#[]\\\t\"<>|{}^`é\u00ff".split(""));
const word = fc.string({ unit: sign, maxLength: 12 });
const segment = fc.oneof(word, fc.constantFrom("", ".", "..", "%2F", "%252e", "environments", "a.b", ".hidden"));
const name = fc.oneof(word, fc.constantFrom("a", "a-b", "X-Amz-Signature", "x-amz-signature", "X-Amz-Date", "1", "10"));
const headerName = fc.constantFrom(
  "host",
  "x-amz-date",
  "x-amz-target",
  "content-type",
  "1",
  "0",
  "a",
  "authorization",
);
const request = fc.record({
  method: fc.constantFrom("GET", "PUT", "POST"),
  rawPath: fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join("/")}`),
  query: fc.array(fc.tuple(name, word), { maxLength: 6 }),
  headers: fc.dictionary(headerName, word),
});
const signedHeaders = fc.array(fc.oneof(headerName, fc.constant("not-sent")), { minLength: 1, maxLength: 6 });

describe("the canonical request", () => {
  it.each([true, false])("is the SDK's own text for any request, path encoded twice: %s", (encodesPathTwice) => {
    const sdk = signer(encodesPathTwice);
    fc.assert(
      fc.property(request, signedHeaders, (sent, names) => {
        expect(canonicalRequest(sent, names, "hash", encodesPathTwice)).toBe(sdk.text(sent, names, "hash"));
      }),
      { numRuns: 2000 },
    );
  });

  it("takes no header from what every object inherits", () => {
    const sent = { method: "GET", rawPath: "/", query: [], headers: {} };
    expect(canonicalRequest(sent, ["constructor"], "hash", true)).toBe("GET\n/\n\nconstructor:\n\nconstructor\nhash");
  });
});
