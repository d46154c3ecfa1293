// The errors of Secrets Manager, and readers of request members that refuse in its words.
import { type JsonInput, ServiceError } from "../json-protocol.ts";

type ErrorName =
  | "InvalidNextTokenException"
  | "InvalidParameterException"
  | "InvalidRequestException"
  | "LimitExceededException"
  | "ResourceExistsException"
  | "ResourceNotFoundException"
  | "ValidationException";

/** A Secrets Manager error by its shape name. */
export function secretsError(name: ErrorName, message: string): ServiceError {
  return new ServiceError(name, message);
}

/** A text member between two lengths, or undefined when absent. */
export function optionalText(input: JsonInput, name: string, least: number, most: number): string | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw new ServiceError("SerializationException", `${name} is not a string.`);
  if (value.length < least) throw constraint(name, `Member must have length greater than or equal to ${least}`);
  if (value.length > most) throw constraint(name, `Member must have length less than or equal to ${most}`);
  return value;
}

/** A text member that must be there. */
export function requiredText(input: JsonInput, name: string, least: number, most: number): string {
  const value = optionalText(input, name, least, most);
  if (value === undefined) throw constraint(name, "Member must not be null");
  return value;
}

/** A list of texts, or undefined when absent. */
export function optionalTexts(input: JsonInput, name: string): readonly string[] | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new ServiceError("SerializationException", `${name} is not a list of strings.`);
}

/** Tags as a map; absent is undefined. */
export function optionalTags(input: JsonInput): Readonly<Record<string, string>> | undefined {
  const value = input["Tags"] ?? undefined;
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw new ServiceError("SerializationException", "Tags is not a list.");
  return Object.fromEntries(
    value.map((tag: JsonInput) => [requiredText(tag, "Key", 1, 128), optionalText(tag, "Value", 0, 256) ?? ""]),
  );
}

function constraint(member: string, rule: string): ServiceError {
  // The value itself is left out: it may be the secret.
  const name = member.charAt(0).toLowerCase() + member.slice(1);
  return secretsError(
    "ValidationException",
    `1 validation error detected: Value at '${name}' failed to satisfy constraint: ${rule}`,
  );
}
