// The one owner of everything: an account of the one-machine region, by a canonical id of S3's form.
import { createHash } from "node:crypto";

/** The Owner or Initiator element of an account. */
export function ownerXml(accountId: string): { readonly ID: string } {
  return { ID: createHash("sha256").update(`canonical:${accountId}`).digest("hex") };
}
