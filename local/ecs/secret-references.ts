// The `valueFrom` of a task definition's secret: which secret, which version, and which key of its JSON.
import type { SecretReference } from "./options.ts";

/**
 * Takes a `valueFrom` apart. ECS's long form is the secret's ARN followed by `:json-key:version-stage:version-id`, each
 * of the three possibly empty; anything shorter names the secret alone.
 */
export function parseValueFrom(valueFrom: string): SecretReference & { readonly jsonKey?: string } {
  const parts = valueFrom.split(":");
  if (parts[0] !== "arn" || parts.length <= 7) return { secretId: valueFrom };
  const [jsonKey, versionStage, versionId] = parts.slice(7);
  return {
    secretId: parts.slice(0, 7).join(":"),
    ...(jsonKey ? { jsonKey } : {}),
    ...(versionStage ? { versionStage } : {}),
    ...(versionId ? { versionId } : {}),
  };
}

/**
 * The values of a container's secrets by variable name. Each secret is read once, however many keys are taken from it.
 * @throws an Error whose sentence names the secret and never its value
 */
export async function resolveSecrets(
  secrets: readonly { readonly name: string; readonly valueFrom: string }[],
  read: (reference: SecretReference) => Promise<string>,
): Promise<Record<string, string>> {
  const texts = new Map<string, Promise<string>>();
  const values: Record<string, string> = {};
  for (const { name, valueFrom } of secrets) {
    const { jsonKey, ...reference } = parseValueFrom(valueFrom);
    const identity = JSON.stringify(reference);
    const text = texts.get(identity) ?? read(reference);
    texts.set(identity, text);
    values[name] = jsonKey === undefined ? await text : keyOf(await text, jsonKey, reference.secretId);
  }
  return values;
}

function keyOf(text: string, key: string, secretId: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Error(`the secret ${secretId} is not JSON, so it has no key ${key}`);
  }
  const value = parsed !== null && typeof parsed === "object" ? (parsed as Record<string, unknown>)[key] : undefined;
  if (value === undefined) throw new Error(`retrieved secret ${secretId} did not contain json key ${key}`);
  return typeof value === "string" ? value : JSON.stringify(value);
}
