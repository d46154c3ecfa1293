// AssumeRole as a pure decision: which session a request asks for, or the error it deserves. Roles are taken as written.
import { type JsonInput, ServiceError } from "../json-protocol.ts";

/** A request that may be granted. */
export interface RoleSession {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  /** e.g. `arn:aws:sts::000000000000:assumed-role/reader/session` */
  readonly assumedRoleArn: string;
}

const defaultDuration = 3600;
const chainedLimit = 3600;
/** What would narrow or mark a session: accepting it without honouring it would grant more than was asked for. */
const notImplemented = [
  "Policy",
  "PolicyArns",
  "Tags",
  "TransitiveTagKeys",
  "SerialNumber",
  "TokenCode",
  "ProvidedContexts",
];

/**
 * Checks the members of AssumeRole (a form: every leaf is text).
 * @param chained whether the caller is itself an assumed role: AWS gives such a session at most one hour
 * @throws ServiceError ValidationError, in the words of the service
 */
export function readRoleSession(input: JsonInput, chained: boolean): RoleSession {
  const refused = notImplemented.find((name) => input[name] !== undefined);
  if (refused) throw invalid(`${refused} is not implemented by this one-machine region.`);

  const roleArn = required(input, "RoleArn", "roleArn", 20, 2048, /^[\x20-\x7e\u0085\u00a0-\ud7ff\ue000-\ufffd]+$/);
  const role = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/((?:[\w+=,.@/-]*\/)?([\w+=,.@-]{1,64}))$/.exec(roleArn);
  if (!role) throw invalid(`${roleArn} is invalid`);
  const sessionName = required(input, "RoleSessionName", "roleSessionName", 2, 64, /^[\w+=,.@-]*$/);
  if (input["ExternalId"] !== undefined) required(input, "ExternalId", "externalId", 2, 1224, /^[\w+=,.@:/-]*$/);
  if (input["SourceIdentity"] !== undefined)
    throw invalid("SourceIdentity is not implemented by this one-machine region.");

  const durationSeconds = readDuration(input["DurationSeconds"]);
  if (chained && durationSeconds > chainedLimit) {
    throw invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.");
  }
  const assumedRoleArn = `arn:${role[1]}:sts::${role[2]}:assumed-role/${role[4]}/${sessionName}`;
  return { roleArn, sessionName, durationSeconds, assumedRoleArn };
}

function readDuration(value: unknown): number {
  if (value === undefined) return defaultDuration;
  const seconds = Number(value);
  if (!Number.isInteger(seconds)) throw new ServiceError("MalformedInput", "DurationSeconds is not a whole number.");
  if (seconds < 900)
    throw constraint(String(value), "durationSeconds", "Member must have value greater than or equal to 900");
  if (seconds > 43_200) {
    throw constraint(String(value), "durationSeconds", "Member must have value less than or equal to 43200");
  }
  return seconds;
}

function required(input: JsonInput, name: string, member: string, least: number, most: number, form: RegExp): string {
  const value = input[name];
  if (typeof value !== "string") throw constraint("null", member, "Member must not be null");
  if (value.length < least)
    throw constraint(value, member, `Member must have length greater than or equal to ${least}`);
  if (value.length > most) throw constraint(value, member, `Member must have length less than or equal to ${most}`);
  if (!form.test(value))
    throw constraint(value, member, `Member must satisfy regular expression pattern: ${form.source}`);
  return value;
}

function constraint(value: string, member: string, rule: string): ServiceError {
  const subject = value === "null" ? "Value null" : `Value '${value}'`;
  return invalid(`1 validation error detected: ${subject} at '${member}' failed to satisfy constraint: ${rule}`);
}

function invalid(message: string): ServiceError {
  return new ServiceError("ValidationError", message);
}
