// Idempotency tokens: ECS takes at most 36 characters where it is strictest.
import { createHash } from "node:crypto";

/** A token of 32 characters for any text; the same text gives the same token. */
export const startToken = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 32);
