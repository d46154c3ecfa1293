// The errors of CloudWatch Logs, and readers of request members that refuse in its words.
import { type JsonInput, ServiceError } from "../json-protocol.ts";

type ErrorName =
  | "InvalidParameterException"
  | "LimitExceededException"
  | "ResourceAlreadyExistsException"
  | "ResourceNotFoundException"
  | "TooManyTagsException"
  | "ValidationException";

/** A CloudWatch Logs error by its shape name. */
export function logsError(name: ErrorName, message: string): ServiceError {
  return new ServiceError(name, message);
}

/** A text member of 1 to `most` characters, or undefined when absent. */
export function optionalText(input: JsonInput, name: string, most = 512): string | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw new ServiceError("SerializationException", `${name} is not a string.`);
  if (value.length >= 1 && value.length <= most) return value;
  throw constraint(name, value, `Member must have length between 1 and ${most}`);
}

/** A text member that must be there. */
export function requiredText(input: JsonInput, name: string, most = 512): string {
  const value = optionalText(input, name, most);
  if (value === undefined) throw constraint(name, "null", "Member must not be null");
  return value;
}

/** A whole number between two bounds (both allowed), or undefined when absent. */
export function optionalInteger(input: JsonInput, name: string, least: number, most: number): number | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw constraint(name, String(value), `Member must have value between ${least} and ${most}`);
}

/** Milliseconds since the epoch, or undefined when absent. */
export function optionalTime(input: JsonInput, name: string): number | undefined {
  return optionalInteger(input, name, 0, Number.MAX_SAFE_INTEGER);
}

/** A list of texts, or undefined when absent. */
export function optionalTexts(input: JsonInput, name: string): readonly string[] | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new ServiceError("SerializationException", `${name} is not a list of strings.`);
}

/** A map from text to text; absent is empty. */
export function textMap(input: JsonInput, name: string): Readonly<Record<string, string>> {
  const value = input[name] ?? {};
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isMap && Object.values(value).every((item) => typeof item === "string")) return value as Record<string, string>;
  throw new ServiceError("SerializationException", `${name} is not a map of strings.`);
}

/** The sentence all these services have for a member that breaks its model. */
export function constraint(member: string, value: string, rule: string): ServiceError {
  const subject = value === "null" ? "Value null" : `Value '${value}'`;
  return logsError(
    "InvalidParameterException",
    `1 validation error detected: ${subject} at '${member}' failed to satisfy constraint: ${rule}`,
  );
}
