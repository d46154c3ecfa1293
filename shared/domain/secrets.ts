// The random values of an environment: separate ones for separate uses (Airflow security guide; design, section 5).
import type { SecretKey } from "./service-specs.ts";

interface Chance {
  /** URL-safe base64 of this many random bytes. */
  secret(bytes: number): string;
}

/**
 * Values of one environment. A Fernet key is exactly 32 bytes with padding; HS512 wants at least 64.
 * @param signInPublicKey of the pair the control plane signs its tokens with; the private one never reaches a task
 */
export function drawSecrets(chance: Chance, signInPublicKey: string): Record<SecretKey, string> {
  return {
    fernetKey: `${chance.secret(32)}=`,
    apiSecretKey: chance.secret(64),
    jwtSecret: chance.secret(64),
    metadataPassword: chance.secret(24),
    celeryPassword: chance.secret(24),
    signInPublicKey,
  };
}

/** What the migration of a template needs: nothing of it outlives the migration. */
export function drawTemplateSecrets(chance: Chance): Record<"metadataPassword" | "fernetKey", string> {
  return { metadataPassword: chance.secret(24), fernetKey: `${chance.secret(32)}=` };
}
