// A password as PostgreSQL stores it (RFC 5803): made here, so that the password itself is in no statement, and no
// server log or statistics view can show it.
import { createHash, createHmac, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";

/** PostgreSQL's own default (scram_iterations). */
const iterations = 4096;

/** @returns e.g. `SCRAM-SHA-256$4096:<salt>$<StoredKey>:<ServerKey>` */
export async function scramVerifier(password: string): Promise<string> {
  const salt = randomBytes(16);
  const salted = await promisify(pbkdf2)(password.normalize("NFKC"), salt, iterations, 32, "sha256");
  const keyed = (text: string) => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(keyed("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${keyed("Server Key").toString("base64")}`;
}
