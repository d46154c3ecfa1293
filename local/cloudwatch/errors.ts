// The errors of CloudWatch, and readers of request members. Members may be text: the Query protocol has nothing else.
import { type JsonInput, ServiceError } from "../json-protocol.ts";

const queryCodes = {
  InvalidFormatFault: "InvalidFormat",
  InvalidNextToken: "InvalidNextToken",
  InvalidParameterCombinationException: "InvalidParameterCombination",
  InvalidParameterValueException: "InvalidParameterValue",
  MissingRequiredParameterException: "MissingParameter",
  ValidationException: "ValidationError",
} as const;

/** A CloudWatch error by its shape name; its older code travels in `x-amzn-query-error`. */
export function metricsError(name: keyof typeof queryCodes, message: string): ServiceError {
  return new ServiceError(name, message, { headers: { "x-amzn-query-error": `${queryCodes[name]};Sender` } });
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
