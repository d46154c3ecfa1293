// Reads members of an SQS request, each refused with the sentence SQS itself uses.
import type { JsonInput } from "../json-protocol.ts";
import { invalidParameter, sqsError } from "./errors.ts";

/** A text member that must be there and not empty. */
export function requiredText(input: JsonInput, name: string): string {
  const value = optionalText(input, name);
  if (value === undefined || value === "") {
    throw sqsError("MissingRequiredParameterException", `The request must contain the parameter ${name}.`);
  }
  return value;
}

/** A text member that may be absent. */
export function optionalText(input: JsonInput, name: string): string | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw invalidParameter(name, JSON.stringify(value), "Must be a string.");
}

/** A whole number between two bounds (both allowed), or undefined when absent. */
export function optionalInteger(input: JsonInput, name: string, least: number, most: number): number | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    throw invalidParameter(name, value, `Must be between ${least} and ${most}, if provided.`);
  }
  return value;
}

/** A list of texts; absent is empty. */
export function textList(input: JsonInput, name: string): readonly string[] {
  const value = input[name] ?? [];
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw invalidParameter(name, JSON.stringify(value), "Must be a list of strings.");
}

/** A map from text to text; absent is empty. */
export function textMap(input: JsonInput, name: string): Readonly<Record<string, string>> {
  const value = input[name] ?? {};
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isMap && Object.values(value).every((item) => typeof item === "string")) return value as Record<string, string>;
  throw invalidParameter(name, JSON.stringify(value), "Must be a map of strings.");
}

/** A list of structures; absent is empty. */
export function structureList(input: JsonInput, name: string): readonly JsonInput[] {
  const value = input[name] ?? [];
  const isStructure = (item: unknown) => typeof item === "object" && item !== null && !Array.isArray(item);
  if (Array.isArray(value) && value.every(isStructure)) return value as JsonInput[];
  throw invalidParameter(name, JSON.stringify(value), "Must be a list of structures.");
}
