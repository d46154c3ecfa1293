// The errors of CloudWatch, and readers of request members. Members may be text: the Query protocol has nothing else.
import { type JsonInput, ServiceError } from "../json-protocol.ts";

const queryCodes = {
  InvalidFormatFault: "InvalidFormat",
  InvalidNextToken: "InvalidNextToken",
  InvalidParameterCombinationException: "InvalidParameterCombination",
  InvalidParameterValueException: "InvalidParameterValue",
  LimitExceededFault: "LimitExceeded",
  MissingRequiredParameterException: "MissingParameter",
  ResourceNotFound: "ResourceNotFound",
  ResourceNotFoundException: "ResourceNotFoundException",
  ValidationException: "ValidationError",
} as const;

/** A CloudWatch error by its shape name; its older code travels in `x-amzn-query-error`. */
export function metricsError(
  name: keyof typeof queryCodes,
  message: string,
  members: Readonly<Record<string, unknown>> = {},
): ServiceError {
  const headers = { "x-amzn-query-error": `${queryCodes[name]};Sender` };
  return new ServiceError(name, message, { headers, members, status: name.startsWith("ResourceNotFound") ? 404 : 400 });
}

/** The error of a value that breaks CloudWatch's rules for it. */
export function validation(message: string): ServiceError {
  return metricsError("ValidationException", message);
}

/** A text that must be one of some, or undefined when absent. */
export function optionalChoice<Choice extends string>(
  input: JsonInput,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = optionalText(input, name, 255);
  if (value === undefined) return undefined;
  const choice = choices.find((one) => one === value);
  if (choice !== undefined) return choice;
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  throw validation(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy enum value set: [${choices.join(", ")}]`,
  );
}

/** A whole number between two bounds (both allowed), or undefined when absent. */
export function optionalInteger(input: JsonInput, name: string, least: number, most: number): number | undefined {
  const value = optionalNumber(input, name);
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return value;
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  const rule = value < least ? `greater than or equal to ${least}` : `less than or equal to ${most}`;
  throw validation(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must have value ${rule}`,
  );
}

/** A truth value, which Query writes as text; undefined when absent. */
export function optionalBoolean(input: JsonInput, name: string): boolean | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined) return undefined;
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw metricsError("InvalidParameterValueException", `The value ${String(value)} for parameter ${name} is invalid.`);
}

/** A list of texts, each of 1 to `longest` characters, at most `most` of them. */
export function texts(input: JsonInput, name: string, most: number, longest: number): readonly string[] {
  const values = list(input, name);
  if (values.length > most) throw validation(`The collection ${name} must not have a size greater than ${most}.`);
  return values.map((value) => requiredText({ [name]: value }, name, longest));
}

/** A text member, or undefined when absent. */
export function optionalText(input: JsonInput, name: string, most: number): string | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw metricsError("InvalidParameterValueException", `${name} must be a string.`);
  if (value.length >= 1 && value.length <= most) return value;
  throw metricsError("InvalidParameterValueException", `${name} must be between 1 and ${most} characters long.`);
}

/** A text member that must be there. */
export function requiredText(input: JsonInput, name: string, most: number): string {
  return optionalText(input, name, most) ?? missing(name);
}

/** A finite number, or undefined when absent. */
export function optionalNumber(input: JsonInput, name: string): number | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined) return undefined;
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  throw metricsError("InvalidParameterValueException", `The value ${String(value)} for parameter ${name} is invalid.`);
}

/** A moment as epoch seconds (JSON) or ISO 8601 (Query), in milliseconds since the epoch; undefined when absent. */
export function optionalTime(input: JsonInput, name: string): number | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined) return undefined;
  const milliseconds = typeof value === "number" ? value * 1000 : Date.parse(String(value));
  if (Number.isFinite(milliseconds)) return Math.round(milliseconds);
  throw metricsError("InvalidParameterValueException", `The parameter ${name} is not a time.`);
}

/** A moment that must be there. */
export function requiredTime(input: JsonInput, name: string): number {
  return optionalTime(input, name) ?? missing(name);
}

/** A list; absent, and the empty text by which Query writes an empty list, is empty. */
export function list(input: JsonInput, name: string): readonly unknown[] {
  const value = input[name] ?? [];
  if (Array.isArray(value)) return value;
  if (value === "") return [];
  throw metricsError("InvalidParameterValueException", `${name} must be a list.`);
}

/** A list of structures. */
export function structures(input: JsonInput, name: string): readonly JsonInput[] {
  return list(input, name).map((item) => {
    if (typeof item === "object" && item !== null && !Array.isArray(item)) return item as JsonInput;
    throw metricsError("InvalidParameterValueException", `${name} must be a list of structures.`);
  });
}

/** Refuses for want of a parameter. */
export function missing(name: string): never {
  throw metricsError("MissingRequiredParameterException", `The parameter ${name} is required.`);
}
