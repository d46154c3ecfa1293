// Reads the members of a request as the service's model declares them, and refuses what it forbids in its own words.
import { type JsonInput, ServiceError } from "../json-protocol.ts";

export function validationError(message: string): ServiceError {
  return new ServiceError("ValidationError", message);
}

/** A text member, or undefined when it is absent. */
export function optionalText(input: JsonInput, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || typeof value === "string") return value;
  throw validationError(`'${name}' must be a string`);
}

export function requiredText(input: JsonInput, name: string): string {
  const value = optionalText(input, name);
  if (value) return value;
  throw validationError(
    `1 validation error detected: Value null at '${lowerFirst(name)}' failed to satisfy constraint: Member must not be null`,
  );
}

/** A whole number between `low` and `high`, or undefined when it is absent. */
export function optionalInteger(input: JsonInput, name: string, low: number, high: number): number | undefined {
  const text = optionalText(input, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^-?\d+$/.test(text)) throw validationError(`'${text}' at '${name}' is not an integer`);
  const bound =
    value < low ? `greater than or equal to ${low}` : value > high ? `less than or equal to ${high}` : undefined;
  if (bound === undefined) return value;
  throw validationError(
    `1 validation error detected: Value '${text}' at '${lowerFirst(name)}' failed to satisfy constraint: Member must have value ${bound}`,
  );
}

export function optionalBoolean(input: JsonInput, name: string): boolean | undefined {
  const text = optionalText(input, name);
  if (text === undefined) return undefined;
  if (text !== "true" && text !== "false") throw validationError(`'${text}' at '${name}' is not a boolean`);
  return text === "true";
}

/** A list of texts; absent is empty. */
export function texts(input: JsonInput, name: string): string[] {
  return list(input, name).map((member) => {
    if (typeof member === "string") return member;
    throw validationError(`'${name}' must be a list of strings`);
  });
}

/** A list of structures; absent is empty. */
export function structures(input: JsonInput, name: string): JsonInput[] {
  return list(input, name).map((member) => {
    if (isStructure(member)) return member;
    throw validationError(`'${name}' must be a list of structures`);
  });
}

/** A structure, or undefined when it is absent. */
export function optionalStructure(input: JsonInput, name: string): JsonInput | undefined {
  const value = input[name];
  if (value === undefined || isStructure(value)) return value;
  throw validationError(`'${name}' must be a structure`);
}

function list(input: JsonInput, name: string): unknown[] {
  const value = input[name];
  if (value === undefined || value === "") return [];
  if (Array.isArray(value)) return value;
  throw validationError(`'${name}' must be a list`);
}

/** Refuses a member this region does not implement; ignoring it would be a promise not kept. */
export function refuse(input: JsonInput, names: readonly string[]): void {
  const name = names.find((one) => input[one] !== undefined);
  if (name !== undefined) {
    throw new ServiceError("UnsupportedFeature", `${name} is not implemented by this one-machine region.`);
  }
}

/** `Marker` and `PageSize`: one page of `all`, and where the next one begins. */
export function page<Item>(input: JsonInput, all: readonly Item[]): { items: Item[]; nextMarker: string | undefined } {
  const size = optionalInteger(input, "PageSize", 1, 400) ?? 400;
  const marker = optionalText(input, "Marker") ?? "0";
  if (!/^\d{1,9}$/.test(marker)) throw validationError("The marker is not valid");
  const start = Number(marker);
  const end = start + size;
  return { items: all.slice(start, end), nextMarker: end < all.length ? String(end) : undefined };
}

function isStructure(value: unknown): value is JsonInput {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
