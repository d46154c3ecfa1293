// The operations that carry a secret's value: create, put, update, get.
import { randomBytes, randomUUID } from "node:crypto";
import type { JsonInput, JsonOperation } from "../json-protocol.ts";
import { optionalTags, optionalText, optionalTexts, requiredText, secretsError } from "./errors.ts";
import type { Secret, SecretVersion } from "./secret-store.ts";
import type { SecretValue, Vault } from "./vault.ts";

const longestValueBytes = 65_536;
const dayMilliseconds = 86_400_000;

/** The table of operations on values. */
export function valueOperations(
  vault: Vault,
  options: { readonly region: string; readonly accountId: string; readonly now: () => number },
): Readonly<Record<string, JsonOperation>> {
  const { region, accountId, now } = options;

  function newSecret(input: JsonInput, name: string): Secret {
    return {
      name,
      arn: `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${randomSuffix()}`,
      description: optionalText(input, "Description", 0, 2048),
      kmsKeyId: optionalText(input, "KmsKeyId", 0, 2048),
      tags: optionalTags(input) ?? {},
      createdAt: now(),
      changedAt: now(),
      accessedAt: 0,
      deletedAt: 0,
      goneAt: 0,
    };
  }

  return {
    CreateSecret(input) {
      const name = requiredText(input, "Name", 1, 512);
      if (!/^[A-Za-z0-9/_+=.@-]+$/.test(name)) {
        const rule = "Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!";
        throw secretsError("ValidationException", `Invalid name. ${rule}`);
      }
      const token = requestToken(input);
      const value = readValue(input);
      vault.store.removeGone(now());
      const existing = vault.store.find(name);
      if (existing?.name === name) return repeatedCreate(vault, existing, token, value);
      return vault.atomically(() => {
        const secret = newSecret(input, name);
        vault.store.put(secret);
        if (value) vault.keepVersion(secret, token, value, ["AWSCURRENT"]);
        return { ARN: secret.arn, Name: name, ...(value ? { VersionId: token } : {}) };
      });
    },

    PutSecretValue(input) {
      const secret = vault.findLiving(requiredText(input, "SecretId", 1, 2048));
      const token = requestToken(input);
      const value = readValue(input);
      if (!value)
        throw secretsError("InvalidRequestException", "You must provide either SecretString or SecretBinary.");
      const stages = optionalTexts(input, "VersionStages") ?? ["AWSCURRENT"];
      if (stages.length < 1 || stages.length > 20 || stages.some((stage) => stage.length < 1 || stage.length > 256)) {
        throw secretsError("InvalidParameterException", "VersionStages takes 1 to 20 labels of 1 to 256 characters.");
      }
      const kept = vault.atomically(() => vault.keepVersion(secret, token, value, stages));
      return { ARN: secret.arn, Name: secret.name, VersionId: kept.id, VersionStages: kept.stages };
    },

    UpdateSecret(input) {
      const secret = vault.findLiving(requiredText(input, "SecretId", 1, 2048));
      const token = requestToken(input);
      const value = readValue(input);
      return vault.atomically(() => {
        const changed = {
          ...secret,
          description: optionalText(input, "Description", 0, 2048) ?? secret.description,
          kmsKeyId: optionalText(input, "KmsKeyId", 0, 2048) ?? secret.kmsKeyId,
          changedAt: now(),
        };
        vault.store.put(changed);
        if (value) vault.keepVersion(changed, token, value, ["AWSCURRENT"]);
        return { ARN: secret.arn, Name: secret.name, ...(value ? { VersionId: token } : {}) };
      });
    },

    GetSecretValue(input) {
      const secret = vault.findLiving(requiredText(input, "SecretId", 1, 2048));
      const versionId = optionalText(input, "VersionId", 32, 64);
      const version = vault.version(secret, versionId, optionalText(input, "VersionStage", 1, 256));
      // Secrets Manager shows the day of the last read, so one write a day is enough.
      const today = Math.floor(now() / dayMilliseconds) * dayMilliseconds;
      if (secret.accessedAt < today) vault.store.put({ ...secret, accessedAt: today });
      return wireValue(secret, version);
    },
  };
}

function repeatedCreate(vault: Vault, existing: Secret, token: string, value: SecretValue | undefined): JsonInput {
  if (existing.deletedAt > 0) {
    const message = "You can't create this secret because a secret with this name is already scheduled for deletion.";
    throw secretsError("InvalidRequestException", message);
  }
  const same = vault.store.versions(existing.name).find((version) => version.id === token);
  if (value && same && same.text === value.text && same.binary === value.binary) {
    return { ARN: existing.arn, Name: existing.name, VersionId: token };
  }
  const message = `The operation failed because the secret ${existing.name} already exists.`;
  throw secretsError("ResourceExistsException", message);
}

function readValue(input: JsonInput): SecretValue | undefined {
  const text = optionalText(input, "SecretString", 1, longestValueBytes);
  const binary = optionalText(input, "SecretBinary", 1, Math.ceil(longestValueBytes / 3) * 4);
  if (text !== undefined && binary !== undefined) {
    throw secretsError("InvalidParameterException", "You can't specify both a binary secret value and a text one.");
  }
  if (
    Buffer.byteLength(text ?? "") > longestValueBytes ||
    Buffer.byteLength(binary ?? "", "base64") > longestValueBytes
  ) {
    const rule = `Member must have length less than or equal to ${longestValueBytes}`;
    const message = `1 validation error detected: Value at 'secretString' failed to satisfy constraint: ${rule}`;
    throw secretsError("ValidationException", message);
  }
  return text === undefined && binary === undefined ? undefined : { text, binary };
}

function wireValue(secret: Secret, version: SecretVersion): JsonInput {
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    VersionStages: version.stages,
    CreatedDate: version.createdAt / 1000,
    ...(version.text === undefined ? { SecretBinary: version.binary } : { SecretString: version.text }),
  };
}

/** The version's id: clients that retry send their own, others get one. */
function requestToken(input: JsonInput): string {
  return optionalText(input, "ClientRequestToken", 32, 64) ?? randomUUID();
}

/** Six random characters end every ARN, so that a secret made anew under an old name is another resource. */
function randomSuffix(): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from(randomBytes(6), (byte) => alphabet[byte % alphabet.length]).join("");
}
