// Secrets in memory.
import { HangarError } from "../domain/errors.ts";
import type { SecretVault } from "../ports/secret-vault.ts";

export interface MemorySecretVault extends SecretVault {
  /** Name → values. */
  readonly secrets: Map<string, Readonly<Record<string, string>>>;
}

/** An empty vault. */
export function memorySecretVault(): MemorySecretVault {
  const secrets: MemorySecretVault["secrets"] = new Map();
  const read = async (name: string) => {
    const found = secrets.get(name);
    if (!found)
      throw new HangarError(
        "DependencyUnavailable",
        `The secret ${name} does not exist: it was deleted, or was never made.`,
      );
    return found;
  };
  return {
    secrets,
    async ensure(name, values) {
      if (!secrets.has(name)) secrets.set(name, { ...values });
    },
    read,
    async arn(name) {
      await read(name);
      return `arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}-AbCdEf`;
    },
    async remove(name) {
      secrets.delete(name);
    },
  };
}
