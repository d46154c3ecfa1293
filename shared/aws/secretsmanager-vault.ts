// Secrets on Secrets Manager: one JSON object per secret, so that a task definition can name its keys.
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { HangarError } from "../domain/errors.ts";
import type { SecretVault } from "../ports/secret-vault.ts";

/** @param settings.kmsKeyId default: the account's own key for Secrets Manager */
export function secretsmanagerVault(
  client: SecretsManagerClient,
  settings: { readonly kmsKeyId?: string } = {},
): SecretVault {
  const key = settings.kmsKeyId === undefined ? {} : { KmsKeyId: settings.kmsKeyId };

  return {
    async ensure(name, values) {
      try {
        await client.send(new CreateSecretCommand({ Name: name, SecretString: JSON.stringify(values), ...key }));
      } catch (error) {
        if (!named(error, "ResourceExistsException")) throw error;
      }
    },
    async read(name) {
      const found = await present(name, () => client.send(new GetSecretValueCommand({ SecretId: name })));
      return valuesOf(name, found.SecretString ?? "");
    },
    async arn(name) {
      return (await present(name, () => client.send(new DescribeSecretCommand({ SecretId: name })))).ARN!;
    },
    async remove(name) {
      try {
        await client.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
      } catch (error) {
        if (!named(error, "ResourceNotFoundException")) throw error;
      }
    },
  };
}

async function present<Answer>(name: string, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!named(error, "ResourceNotFoundException")) throw error;
    throw new HangarError(
      "DependencyUnavailable",
      `The secret ${name} does not exist: it was deleted, or was never made.`,
      {
        cause: error,
      },
    );
  }
}

/** Never quotes what it could not read: it is a secret. */
function valuesOf(name: string, text: string): Readonly<Record<string, string>> {
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch {
    values = undefined;
  }
  if (values === null || typeof values !== "object") throw new Error(`The secret ${name} is not a JSON object.`);
  return values as Record<string, string>;
}

const named = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;
