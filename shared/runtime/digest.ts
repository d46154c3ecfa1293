// Hashes, for decisions that take one as an argument.
import { createHash } from "node:crypto";

/** Hex sha256 of text or bytes. */
export const sha256 = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");
