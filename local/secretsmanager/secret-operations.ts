// The operations on secrets as resources: describe, list, delete, restore, tag. None of them shows a value.
import type { JsonInput, JsonOperation } from "../json-protocol.ts";
import { optionalTags, optionalText, optionalTexts, requiredText, secretsError } from "./errors.ts";
import type { Secret } from "./secret-store.ts";
import type { Vault } from "./vault.ts";

const dayMilliseconds = 86_400_000;
const maximumTags = 50;
const pageSize = 100;

/** The table of operations on secrets. */
export function secretOperations(
  vault: Vault,
  options: { readonly region: string; readonly accountId: string; readonly now: () => number },
): Readonly<Record<string, JsonOperation>> {
  const { region, accountId, now } = options;
  const secretId = (input: JsonInput) => requiredText(input, "SecretId", 1, 2048);

  return {
    DescribeSecret: (input) => describe(vault, vault.find(secretId(input))),

    ListSecrets(input) {
      vault.store.removeGone(now());
      const filters = readFilters(input);
      const size = readPageSize(input);
      const secrets = vault.store
        .all()
        .filter((secret) => secret.deletedAt === 0 || input["IncludePlannedDeletion"] === true)
        .filter((secret) => filters.every((matches) => matches(secret)));
      if (input["SortOrder"] === "asc") secrets.reverse();
      const start = readToken(optionalText(input, "NextToken", 1, 4096));
      const page = secrets.slice(start, start + size);
      const more = start + size < secrets.length;
      return {
        SecretList: page.map((secret) => {
          const { VersionIdsToStages, ...entry } = describe(vault, secret);
          return { ...entry, SecretVersionsToStages: VersionIdsToStages };
        }),
        ...(more ? { NextToken: Buffer.from(String(start + size)).toString("base64") } : {}),
      };
    },

    DeleteSecret(input) {
      const force = input["ForceDeleteWithoutRecovery"] === true;
      const days = input["RecoveryWindowInDays"] ?? undefined;
      if (force && days !== undefined) {
        const message = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.";
        throw secretsError("InvalidParameterException", message);
      }
      if (days !== undefined && !(Number.isInteger(days) && Number(days) >= 7 && Number(days) <= 30)) {
        const message = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).";
        throw secretsError("InvalidParameterException", message);
      }
      const id = secretId(input);
      if (!force) {
        const secret = vault.findLiving(id);
        const goneAt = now() + Number(days ?? 30) * dayMilliseconds;
        vault.store.put({ ...secret, deletedAt: now(), goneAt });
        return { ARN: secret.arn, Name: secret.name, DeletionDate: goneAt / 1000 };
      }
      // A forced deletion of what is not there succeeds, so that a repeat after a lost answer does.
      const secret = vault.store.find(id);
      if (secret) vault.store.remove(secret.name);
      const name = secret?.name ?? id;
      const arn = secret?.arn ?? `arn:aws:secretsmanager:${region}:${accountId}:secret:${id}`;
      return { ARN: arn, Name: name, DeletionDate: now() / 1000 };
    },

    RestoreSecret(input) {
      const secret = vault.find(secretId(input));
      vault.store.put({ ...secret, deletedAt: 0, goneAt: 0 });
      return { ARN: secret.arn, Name: secret.name };
    },

    TagResource(input) {
      const secret = vault.findLiving(secretId(input));
      const tags = { ...secret.tags, ...optionalTags(input) };
      if (Object.keys(tags).length > maximumTags) {
        throw secretsError("InvalidParameterException", `A secret can have at most ${maximumTags} tags.`);
      }
      vault.store.put({ ...secret, tags });
      return {};
    },

    UntagResource(input) {
      const secret = vault.findLiving(secretId(input));
      const gone = optionalTexts(input, "TagKeys") ?? [];
      const tags = Object.fromEntries(Object.entries(secret.tags).filter(([key]) => !gone.includes(key)));
      vault.store.put({ ...secret, tags });
      return {};
    },
  };
}

function describe(vault: Vault, secret: Secret): JsonInput {
  const labelled = vault.store.versions(secret.name).filter((version) => version.stages.length > 0);
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    CreatedDate: secret.createdAt / 1000,
    LastChangedDate: secret.changedAt / 1000,
    ...(secret.accessedAt > 0 ? { LastAccessedDate: secret.accessedAt / 1000 } : {}),
    ...(secret.deletedAt > 0 ? { DeletedDate: secret.deletedAt / 1000 } : {}),
    Tags: Object.entries(secret.tags).map(([Key, Value]) => ({ Key, Value })),
    VersionIdsToStages: Object.fromEntries(labelled.map((version) => [version.id, version.stages])),
  };
}

type Filter = (secret: Secret) => boolean;

/** Each filter holds when one of its values does; a value with `!` in front holds for all that do not match it. */
function readFilters(input: JsonInput): readonly Filter[] {
  const filters = input["Filters"] ?? [];
  if (!Array.isArray(filters)) throw secretsError("InvalidParameterException", "Filters is not a list.");
  return filters.map((filter: JsonInput) => {
    const key = String(filter["Key"]);
    const fields = fieldsOf[key];
    if (!fields) {
      throw secretsError(
        "InvalidParameterException",
        `The filter ${key} is not implemented by this one-machine region.`,
      );
    }
    const values = optionalTexts(filter, "Values") ?? [];
    return (secret) =>
      values.some((value) => {
        const wanted = value.startsWith("!") ? value.slice(1) : value;
        return fields(secret).some((field) => field.startsWith(wanted)) !== value.startsWith("!");
      });
  });
}

const fieldsOf: Readonly<Record<string, (secret: Secret) => readonly string[]>> = {
  name: (secret) => [secret.name],
  description: (secret) => [secret.description ?? ""],
  "tag-key": (secret) => Object.keys(secret.tags),
  "tag-value": (secret) => Object.values(secret.tags),
};

function readPageSize(input: JsonInput): number {
  const size = input["MaxResults"] ?? pageSize;
  if (typeof size === "number" && Number.isInteger(size) && size >= 1 && size <= pageSize) return size;
  throw secretsError("InvalidParameterException", `MaxResults must be between 1 and ${pageSize}.`);
}

function readToken(token: string | undefined): number {
  if (token === undefined) return 0;
  const start = Buffer.from(token, "base64").toString();
  if (/^\d{1,9}$/.test(start)) return Number(start);
  throw secretsError("InvalidNextTokenException", "The NextToken value is invalid.");
}
