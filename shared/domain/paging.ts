// Page tokens: opaque to callers, the last name seen to us.
import { HangarError } from "./errors.ts";

/** The token that goes on after a name. */
export const pageToken = (lastName: string): string => Buffer.from(`1:${lastName}`, "utf8").toString("base64url");

/** The name a token goes on after. @throws InvalidRequest for a token this service did not make */
export function pageAfter(token: string | undefined): string | undefined {
  if (token === undefined || token === "") return undefined;
  const text = Buffer.from(token, "base64url").toString("utf8");
  // longer than any name we list, and than a sort key may be
  if (text.startsWith("1:") && text.length > 2 && text.length <= 1000 && pageToken(text.slice(2)) === token)
    return text.slice(2);
  throw new HangarError(
    "InvalidRequest",
    "NextToken is not one this service returned. Start the list again without it.",
  );
}
