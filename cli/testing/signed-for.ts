// For the stubs of tests: whether a request is signed as it should be.
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { authenticate } from "../../local/front/authenticate.ts";
import type { SigningKey } from "../../local/front/verify.ts";

/** The scope's service, once the signature has been proved; what is wrong with it otherwise. */
export function signedFor(
  { method = "", url = "", headers }: Pick<IncomingMessage, "method" | "url" | "headers">,
  body: Buffer,
  key: Omit<SigningKey, "arn">,
  region: string,
  now: number,
): string {
  const [rawPath = "", rawQuery = ""] = url.split("?", 2);
  try {
    const raw = { method, rawPath, rawQuery, headers: headers as Record<string, string> };
    const found = authenticate(raw, () => ({ ...key, arn: "" }), region, now);
    found.verify(createHash("sha256").update(body).digest("hex"));
    return found.service;
  } catch (error) {
    return String(error);
  }
}
