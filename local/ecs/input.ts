// Reads the members of a request and refuses wrong ones in ECS's own words. Nothing else in the engine casts input.
import { createHash } from "node:crypto";
import { type JsonInput, ServiceError } from "../json-protocol.ts";
import type { NameValue, Tag } from "./records.ts";

/** ECS's error for a member that is missing, malformed or out of range. */
export function invalidParameter(message: string): ServiceError {
  return new ServiceError("InvalidParameterException", message);
}

/** ECS's error for a request that is well-formed and still cannot be done. */
export function clientException(message: string): ServiceError {
  return new ServiceError("ClientException", message);
}

/** A text member, or undefined when absent. Empty text counts as absent, as ECS takes it. */
export function optionalText(input: JsonInput, name: string, longest = 4096): string | undefined {
  const value = input[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw invalidParameter(`${name} must be a string.`);
  if (value.length > longest) throw invalidParameter(`${name} must have length less than or equal to ${longest}.`);
  return value;
}

export function requiredText(input: JsonInput, name: string, longest = 4096): string {
  const value = optionalText(input, name, longest);
  if (value === undefined) throw invalidParameter(`${name} cannot be blank.`);
  return value;
}

/** A whole number between two bounds, or undefined when absent. */
export function optionalInteger(input: JsonInput, name: string, lowest: number, highest: number): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < lowest || value > highest) {
    throw invalidParameter(`${name} must be an integer from ${lowest} to ${highest}.`);
  }
  return value;
}

export function optionalFlag(input: JsonInput, name: string): boolean | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "boolean") throw invalidParameter(`${name} must be a boolean.`);
  return value;
}

/** A list member; absent means empty. */
export function list(input: JsonInput, name: string): unknown[] {
  const value = input[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalidParameter(`${name} must be a list.`);
  return value;
}

export function textList(input: JsonInput, name: string): string[] {
  const values = list(input, name);
  if (!values.every((value) => typeof value === "string")) throw invalidParameter(`${name} must be a list of strings.`);
  return values as string[];
}

export function structure(value: unknown, name: string): JsonInput {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw invalidParameter(`${name} must be a structure.`);
  }
  return value as JsonInput;
}

/** `[{name, value}]`, as environments are written. */
export function nameValues(input: JsonInput, name: string): NameValue[] {
  return list(input, name).map((entry) => {
    const pair = structure(entry, name);
    const value = pair["value"];
    if (value !== undefined && typeof value !== "string") throw invalidParameter(`${name} values must be strings.`);
    const variable = requiredText(pair, "name");
    if (/[=\0]/.test(variable) || value?.includes("\0"))
      throw invalidParameter(`${name} holds an invalid name or value.`);
    return { name: variable, value: value ?? "" };
  });
}

/** Tags of a request: fifty at most, keys of 128 and values of 256 characters. */
export function tags(input: JsonInput): Tag[] {
  const given = list(input, "tags").map((entry) => {
    const tag = structure(entry, "tags");
    const value = optionalText(tag, "value", 256);
    return { key: requiredText(tag, "key", 128), ...(value === undefined ? {} : { value }) };
  });
  if (given.length > 50) throw invalidParameter("The number of tags exceeds the limit of 50.");
  return given;
}

/**
 * Refuses members this engine does not know: ignoring one would start something else than was asked for. Empty ones and
 * `false` ask for nothing.
 * @param what the structure in words, e.g. `container definition`
 */
export function refuseUnknown(input: JsonInput, known: readonly string[], what: string): void {
  const unknown = Object.keys(input).find((name) => !known.includes(name) && !isEmpty(input[name]));
  if (unknown) {
    throw invalidParameter(
      `The ${what} member ${unknown} is not implemented by this one-machine region: leave it out.`,
    );
  }
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0);
}

/** The members of a request that are answered again as they came. */
export function kept(input: JsonInput, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => input[name] !== undefined).map((name) => [name, input[name]]));
}

/** One hash for equal requests, whatever the order of their members: idempotency compares these. */
export function requestHash(input: JsonInput): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(input)))
    .digest("hex");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}

/** One page of a list operation; the token is the position, as text. */
export function page(input: JsonInput, arns: readonly string[]): { arns: string[]; nextToken?: string } {
  const size = optionalInteger(input, "maxResults", 1, 100) ?? 100;
  const start = Number(optionalText(input, "nextToken") ?? "0");
  if (!Number.isSafeInteger(start) || start < 0) throw invalidParameter("Invalid token.");
  const next = start + size;
  return { arns: arns.slice(start, next), ...(next < arns.length ? { nextToken: String(next) } : {}) };
}
