// The JSON grammar of an identity policy, checked when it is written: what this region would not honour is refused in
// words, never stored and passed over in silence.
import { checkActionPattern } from "./action-names.ts";

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
}

/** An identity policy as IAM writes it. */
export interface PolicyDocument {
  readonly Version: "2012-10-17" | "2008-10-17";
  readonly Id?: string;
  readonly Statement: PolicyStatement | readonly PolicyStatement[];
}

/** The document cannot be stored; the message says where and why. */
export class MalformedPolicy extends Error {
  override readonly name = "MalformedPolicy";
}

/** IAM's quota for a managed policy; blanks are not counted. */
export const maximumPolicyCharacters = 6144;

/**
 * Reads and checks a policy document.
 * @throws MalformedPolicy for the first thing that is wrong with it
 */
export function readPolicy(text: string): PolicyDocument {
  const length = text.replace(/\s/g, "").length;
  if (length > maximumPolicyCharacters) {
    throw new MalformedPolicy(
      `The policy has ${length} characters without blanks; at most ${maximumPolicyCharacters} are allowed.`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MalformedPolicy(`The policy is no JSON: ${cause instanceof Error ? cause.message : cause}`);
  }
  const document = record(value, "The policy");
  members(document, ["Version", "Id", "Statement"], "The policy");
  if (document["Version"] !== "2012-10-17" && document["Version"] !== "2008-10-17") {
    throw new MalformedPolicy('The policy needs "Version": "2012-10-17".');
  }
  if (document["Id"] !== undefined && typeof document["Id"] !== "string") {
    throw new MalformedPolicy("Id must be text.");
  }
  const statements = Array.isArray(document["Statement"]) ? document["Statement"] : [document["Statement"]];
  if (statements.length === 0) throw new MalformedPolicy("Statement must hold at least one statement.");
  const names = new Set<string>();
  for (const [index, statement] of statements.entries()) checkStatement(statement, `Statement ${index + 1}`, names);
  return document as unknown as PolicyDocument;
}

function checkStatement(value: unknown, where: string, names: Set<string>): void {
  const statement = record(value, where);
  for (const name of ["Principal", "NotPrincipal"]) {
    if (name in statement) {
      throw new MalformedPolicy(`${where} has ${name}: whom a policy is for is whom it is attached to. Leave it out.`);
    }
  }
  const known = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];
  members(statement, known, where);
  const sid = statement["Sid"];
  if (sid !== undefined) {
    if (typeof sid !== "string" || !/^[A-Za-z0-9]*$/.test(sid)) {
      throw new MalformedPolicy(`${where}: Sid may have letters and digits only.`);
    }
    if (sid !== "" && names.has(sid)) throw new MalformedPolicy(`${where}: Sid ${sid} is used twice.`);
    names.add(sid);
  }
  if (statement["Effect"] !== "Allow" && statement["Effect"] !== "Deny") {
    throw new MalformedPolicy(`${where}: Effect must be "Allow" or "Deny".`);
  }
  for (const pattern of oneOf(statement, "Action", "NotAction", where)) {
    const problem = checkActionPattern(pattern);
    if (problem !== undefined) throw new MalformedPolicy(`${where}: ${problem}`);
  }
  for (const pattern of oneOf(statement, "Resource", "NotResource", where)) checkResource(pattern, where);
  if (statement["Condition"] !== undefined) {
    throw new MalformedPolicy(
      `${where} has a Condition, and this region evaluates none. Say with actions and resources what is allowed, or leave the statement out.`,
    );
  }
}

/** The values of whichever of the two members the statement has: exactly one of them, and not empty. */
function oneOf(statement: Readonly<Record<string, unknown>>, plain: string, negated: string, where: string): string[] {
  if (plain in statement === negated in statement) {
    throw new MalformedPolicy(`${where} needs ${plain} or ${negated}, and only one of the two.`);
  }
  const value = statement[plain] ?? statement[negated];
  const values: unknown[] = Array.isArray(value) ? value : [value];
  if (values.length === 0 || !values.every((one) => typeof one === "string" && one !== "")) {
    throw new MalformedPolicy(
      `${where}: ${plain in statement ? plain : negated} must be text, or a list of text that is not empty.`,
    );
  }
  return values as string[];
}

function checkResource(pattern: string, where: string): void {
  if (pattern === "*") return;
  if (pattern.includes("${")) {
    throw new MalformedPolicy(`${where}: this region evaluates no variables in resources; write ${pattern} out.`);
  }
  if (!/^arn:[^:]+:[^:*?]+:[^:]*:[^:]*:.+$/s.test(pattern)) {
    throw new MalformedPolicy(
      `${where}: ${pattern} is no resource. Write * or a whole ARN, e.g. arn:aws:airflow:*:*:environment/first.`,
    );
  }
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new MalformedPolicy(`${where} must be a JSON object.`);
}

function members(value: Readonly<Record<string, unknown>>, known: readonly string[], where: string): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new MalformedPolicy(`${where} has the unknown member ${unknown}; known are ${known.join(", ")}.`);
  }
}
