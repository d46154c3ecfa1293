// What may be done with secrets, below the protocol: find them alive, keep values under labels, read values.
import type { DatabaseSync } from "node:sqlite";
import { inTransaction } from "../sqlite.ts";
import { secretsError } from "./errors.ts";
import { openSecretStore, type Secret, type SecretStore, type SecretVersion } from "./secret-store.ts";

/** A value given by a request: text or base64, never both. */
export interface SecretValue {
  readonly text: string | undefined;
  readonly binary: string | undefined;
}

export interface Vault {
  readonly store: SecretStore;
  /** Finds a secret whatever its state. @throws ResourceNotFoundException */
  find(secretId: string): Secret;
  /** Finds a secret that is not marked for deletion. @throws ResourceNotFoundException, InvalidRequestException */
  findLiving(secretId: string): Secret;
  /**
   * Keeps a value as version `id` under `stages`, which leave the versions that had them; what loses AWSCURRENT becomes
   * AWSPREVIOUS. The same id with the same value again changes nothing.
   * @throws ResourceExistsException when the id holds another value
   */
  keepVersion(secret: Secret, id: string, value: SecretValue, stages: readonly string[]): SecretVersion;
  /** @throws ResourceNotFoundException when no version has that id and label */
  version(secret: Secret, id: string | undefined, stage: string | undefined): SecretVersion;
  atomically<Result>(work: () => Result): Result;
}

/** The vault over one database file. */
export function createVault(database: DatabaseSync, now: () => number): Vault {
  const store = openSecretStore(database);

  function find(secretId: string): Secret {
    store.removeGone(now());
    const secret = store.find(secretId);
    if (secret) return secret;
    throw secretsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  }

  return {
    store,
    find,
    findLiving(secretId) {
      const secret = find(secretId);
      if (secret.deletedAt === 0) return secret;
      const message = "You can't perform this operation on the secret because it was marked for deletion.";
      throw secretsError("InvalidRequestException", message);
    },
    keepVersion(secret, id, value, stages) {
      const versions = store.versions(secret.name);
      const same = versions.find((version) => version.id === id);
      if (same) {
        if (same.text === value.text && same.binary === value.binary) return same;
        const message = `You can't use ClientRequestToken ${id} because that value is already in use for a version of secret ${secret.arn}.`;
        throw secretsError("ResourceExistsException", message);
      }
      // The first version of a secret is always its current one.
      const labels = versions.length === 0 ? [...new Set([...stages, "AWSCURRENT"])] : stages;
      for (const version of versions) relabel(secret.name, version, labels);
      const kept = { id, ...value, stages: labels, createdAt: now() };
      store.putVersion(secret.name, kept);
      store.put({ ...secret, changedAt: now() });
      return kept;
    },
    version(secret, id, stage) {
      const wanted = stage ?? (id === undefined ? "AWSCURRENT" : undefined);
      const found = store.versions(secret.name).find((version) => {
        return (id === undefined || version.id === id) && (wanted === undefined || version.stages.includes(wanted));
      });
      if (found) return found;
      const what = id === undefined ? `staging label: ${wanted}` : `VersionId: ${id}`;
      throw secretsError(
        "ResourceNotFoundException",
        `Secrets Manager can't find the specified secret value for ${what}`,
      );
    },
    atomically: (work) => inTransaction(database, work),
  };

  function relabel(name: string, version: SecretVersion, taken: readonly string[]): void {
    const becomesPrevious = taken.includes("AWSCURRENT") && version.stages.includes("AWSCURRENT");
    const dropsPrevious = taken.includes("AWSCURRENT") ? [...taken, "AWSPREVIOUS"] : taken;
    const left = version.stages.filter((stage) => !dropsPrevious.includes(stage));
    const stages = becomesPrevious ? [...left, "AWSPREVIOUS"] : left;
    if (stages.join() !== version.stages.join()) store.putVersion(name, { ...version, stages });
  }
}
