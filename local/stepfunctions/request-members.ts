// Reads the members of a Step Functions request, with the service's own rules and errors.
import { type JsonInput, ServiceError } from "../json-protocol.ts";
import { maximumPayloadBytes } from "./limits.ts";

/** A required string. @throws ServiceError ValidationException */
export function text(input: JsonInput, member: string): string {
  const value = input[member];
  return typeof value === "string" && value !== "" ? value : missing(member);
}

/** An optional string of bounded length. */
export function optionalText(input: JsonInput, member: string, maximum: number): string | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && value.length <= maximum) return value;
  throw new ServiceError("ValidationException", `'${member}' must be text of at most ${maximum} characters.`);
}

/** The name of an execution or machine, or undefined when the request has none. @throws ServiceError InvalidName */
export function name(input: JsonInput, member: string): string | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  // White space, brackets, wildcards, special and control characters are what the service refuses.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what must not be in a name
  const refused = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff]/;
  if (typeof value === "string" && value.length >= 1 && value.length <= 80 && !refused.test(value)) return value;
  throw new ServiceError("InvalidName", `Invalid Name: '${String(value)}'`);
}

/** A required ARN of the given kind, e.g. `execution`. @throws ServiceError InvalidArn */
export function arn(input: JsonInput, member: string, kind: string): string {
  const value = text(input, member);
  if (new RegExp(`^arn:aws[a-z-]*:states:[a-z0-9-]+:\\d{12}:${kind}:.+$`).test(value)) return value;
  throw new ServiceError("InvalidArn", `Invalid Arn: '${value}'`);
}

/** The input of an execution: JSON text, `{}` when absent. @throws ServiceError InvalidExecutionInput, ValidationException */
export function executionInput(input: JsonInput): string {
  const value = input["input"] ?? "{}";
  if (typeof value !== "string") throw new ServiceError("ValidationException", "'input' must be JSON text.");
  if (Buffer.byteLength(value) > maximumPayloadBytes) {
    throw new ServiceError(
      "ValidationException",
      `1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${maximumPayloadBytes}`,
    );
  }
  try {
    JSON.parse(value);
  } catch {
    throw new ServiceError("InvalidExecutionInput", "Invalid State Machine Execution Input: the input is not JSON");
  }
  return value;
}

/** @throws ServiceError ValidationException for a word that is no status */
export function statusFilter(input: JsonInput): string | undefined {
  const value = input["statusFilter"];
  if (value === undefined || value === null) return undefined;
  const words = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"];
  if (words.includes(String(value))) return String(value);
  throw new ServiceError("ValidationException", `'statusFilter' must be one of ${words.join(", ")}.`);
}

/** `maxResults` (0 or absent is 100, at most 1000) and where `nextToken` left off. @throws ServiceError InvalidToken */
export function page(input: JsonInput): { limit: number; offset: number } {
  const limit = Number(input["maxResults"] ?? 0) || 100;
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new ServiceError("ValidationException", "'maxResults' must be between 0 and 1000.");
  }
  const token = input["nextToken"];
  if (token === undefined || token === null) return { limit, offset: 0 };
  const offset = Number(Buffer.from(String(token), "base64url").toString());
  if (!Number.isSafeInteger(offset) || offset <= 0) throw new ServiceError("InvalidToken", "Invalid Token");
  return { limit, offset };
}

/** Cuts rows (asked for with one more than the limit) to a page. */
export function paged<Row>(rows: readonly Row[], at: { limit: number; offset: number }) {
  const items = rows.slice(0, at.limit);
  const nextToken = Buffer.from(String(at.offset + at.limit)).toString("base64url");
  return { items, ...(rows.length > at.limit ? { nextToken } : {}) };
}

/** @throws ServiceError ValidationException, always */
export function missing(member: string): never {
  throw new ServiceError(
    "ValidationException",
    `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
  );
}
