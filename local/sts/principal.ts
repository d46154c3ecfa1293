// The unique id AWS shows for a principal (UserId, SenderId): derived from the ARN, so it is the same every time.
import { createHash } from "node:crypto";

/**
 * The unique id of a caller: `AIDA…` for a user, `AROA…:session` for an assumed role, the account for its root.
 * @param arn e.g. `arn:aws:iam::000000000000:user/operator`, `arn:aws:sts::000000000000:assumed-role/reader/session`
 */
export function principalId(arn: string): string {
  const [, , , , accountId = "", resource = ""] = arn.split(":");
  const [kind, name = "", session = ""] = resource.split("/");
  if (kind === "root") return accountId;
  if (kind !== "assumed-role") return uniqueId("AIDA", arn);
  return `${uniqueId("AROA", `${accountId}/${name}`)}:${session}`;
}

/** Twenty characters in the alphabet of AWS's ids: the prefix, then as many as fit. */
export function uniqueId(prefix: string, seed: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const digest = createHash("sha256").update(seed).digest();
  let id = prefix;
  for (const byte of digest.subarray(0, 20 - prefix.length)) id += alphabet[byte % 32]!;
  return id;
}
