// Flags of a request, made from the service model: one for each member, spelled as the AWS CLI spells it, so that an
// `aws mwaa` line ports by changing its head. And from flags to the request.
import { readFileSync } from "node:fs";
import { exitCodes, Failure } from "./failure.ts";
import { bodyMembers, type Shape } from "./service-model.ts";
import { parseShorthand, ShorthandError } from "./shorthand.ts";

export interface RequestFlag {
  /** With its dashes: `--dag-s3-path`. */
  readonly flag: string;
  /** Of the value, for the help; undefined for a flag without one. */
  readonly value: string | undefined;
  readonly description: string;
  /** What the flag puts into the request. @throws Failure for a value that cannot be read */
  members(value: string): Readonly<Record<string, unknown>>;
}

/**
 * The flags of an operation.
 * @param input its input's shape in the model
 * @param clearable of the members' names: flags that clear, and which members each sets to null
 */
export function requestFlags(
  input: string,
  clearable: (members: readonly string[]) => Readonly<Record<string, readonly string[]>> = () => ({}),
): readonly RequestFlag[] {
  const body = bodyMembers(input);
  const members = body.map(({ name, shape, purpose }) => {
    const flag = flagOf(name);
    const members = (text: string) => ({ [name]: readValue(shape, text, flag) });
    return { flag, value: hintOf(shape), description: purpose, members };
  });
  const clears = Object.entries(clearable(body.map(({ name }) => name))).map(([flag, cleared]) => ({
    flag,
    value: undefined,
    description: `take ${cleared.join(" and ")} away`,
    members: () => Object.fromEntries(cleared.map((member) => [member, null])),
  }));
  return [...members, ...clears];
}

/**
 * The request that flags make.
 * @param given value by flag; true for one without a value
 * @throws Failure when two flags speak of one member, or a value cannot be read
 */
export function requestOf(
  flags: readonly RequestFlag[],
  given: Readonly<Record<string, string | true | undefined>>,
): Readonly<Record<string, unknown>> {
  const saidBy = new Map<string, string>();
  const request: Record<string, unknown> = {};
  for (const { flag, members } of flags) {
    const value = given[flag];
    if (value === undefined) continue;
    for (const [member, one] of Object.entries(members(value === true ? "" : value))) {
      const other = saidBy.get(member);
      if (other !== undefined) throw usage(`${other} and ${flag} contradict each other`, `leave one of them out`);
      saidBy.set(member, flag);
      request[member] = one;
    }
  }
  return request;
}

/** `DagS3Path` → `--dag-s3-path`: the rule of the AWS CLI (botocore, xform_name). */
export const flagOf = (member: string): string =>
  `--${member
    .replace(/(.)([A-Z][a-z]+)/g, "$1-$2")
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()}`;

/**
 * A value as the model wants it. `file://` names a file that holds it, for values that should not stand in a shell's
 * history; what has parts is JSON or the AWS CLI's shorthand. What is not readable as wanted is left to the service to refuse.
 */
function readValue(shape: Shape, text: string, flag: string): unknown {
  const given = text.startsWith("file://") ? fileText(text.slice("file://".length), flag) : text;
  if (shape.type === "string") return given;
  if (shape.type === "integer" || shape.type === "boolean") return wordOf(shape, given, flag);
  return partsOf(shape, isJson(given) ? json(given, flag) : shorthand(given, flag), flag);
}

function partsOf(shape: Shape, value: unknown, flag: string): unknown {
  if (shape.type === "list") {
    const items = Array.isArray(value) ? value : [value];
    return items.map((item) => partsOf(shape.member, item, flag));
  }
  if (shape.type === "map" || shape.type === "structure") {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    const members = Object.entries(value).map(([name, part]): [string, unknown] => {
      if (shape.type === "map") return [name, partsOf(shape.value, part, flag)];
      const member = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
      if (member) return [name, partsOf(member, part, flag)];
      throw usage(`${flag} has no member ${name}`, `its members are ${Object.keys(shape.members).join(", ")}`);
    });
    return Object.fromEntries(members);
  }
  if (Array.isArray(value))
    throw usage(`a value of ${flag} has a comma in it`, `quote it for the command: ${flag} 'key="a,b"', or give JSON`);
  return typeof value === "string" ? wordOf(shape, value, flag) : value;
}

function wordOf(shape: Shape, word: string, flag: string): unknown {
  if (shape.type === "integer") {
    if (/^-?\d{1,15}$/.test(word)) return Number(word);
    throw usage(`${flag} wants a whole number`, `for example ${flag} 2`);
  }
  if (shape.type !== "boolean") return word;
  if (/^(true|false)$/i.test(word)) return word.toLowerCase() === "true";
  throw usage(`${flag} wants true or false`, "write one of the two");
}

const isJson = (text: string): boolean => /^\s*[[{]/.test(text);

function json(text: string, flag: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // the parser's message repeats the text, which may be secret
    throw usage(`the value of ${flag} is not JSON`, "check its quotes and brackets, or use Key=value,…", cause);
  }
}

function shorthand(text: string, flag: string): unknown {
  try {
    return parseShorthand(text);
  } catch (error) {
    if (!(error instanceof ShorthandError)) throw error;
    throw usage(`the value of ${flag} cannot be read: ${error.message}`, `${flag} Key=value,Other=value, or JSON`);
  }
}

function fileText(file: string, flag: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw usage(`${flag} names the file ${file}, which cannot be read`, "name a file that is there", cause);
  }
}

function hintOf(shape: Shape): string {
  if (shape.type === "string" && shape.choices) return shape.choices.join("|");
  const hints = { string: "text", integer: "count", boolean: "true|false", list: "list", map: "key=value,…" } as const;
  return shape.type === "structure" ? "Member=value,…" : shape.type === "other" ? "JSON" : hints[shape.type];
}

const usage = (what: string, fix: string, cause?: unknown): Failure =>
  new Failure(what, { fix, exitCode: exitCodes.usage, ...(cause === undefined ? {} : { cause }) });
