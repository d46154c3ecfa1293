// EventBridge event patterns: exact, prefix, suffix, wildcard, anything-but, exists and numeric. Anything else is refused
// when the rule is made, so that no rule silently matches too much or too little.
import { ServiceError } from "../json-protocol.ts";

export type EventPattern = Readonly<Record<string, unknown>>;
type Test = (value: unknown) => boolean;

/**
 * @returns a function that says whether an event (in its wire form) matches
 * @throws ServiceError InvalidEventPatternException
 */
export function compilePattern(pattern: unknown): (event: unknown) => boolean {
  if (!isObject(pattern) || Object.keys(pattern).length === 0)
    throw invalid("The pattern must be a JSON object that is not empty");
  return compileObject(pattern);
}

function compileObject(pattern: EventPattern): Test {
  const fields = Object.entries(pattern).map(([name, part]) => {
    if (name.startsWith("$")) throw invalid(`Unrecognized match type ${name}`);
    if (Array.isArray(part)) return { name, test: compileLeaf(name, part) };
    if (isObject(part) && Object.keys(part).length > 0) return { name, test: inside(compileObject(part)) };
    throw invalid(`"${name}" must be an object or an array`);
  });
  return (value) => fields.every(({ name, test }) => test(isObject(value) ? value[name] : undefined));
}

/** EventBridge looks into arrays: one element that fits is enough. */
function inside(test: Test): Test {
  return (value) => (Array.isArray(value) ? value.some(test) : test(value));
}

function compileLeaf(name: string, alternatives: readonly unknown[]): Test {
  if (alternatives.length === 0) throw invalid(`Empty arrays are not allowed: "${name}"`);
  const tests = alternatives.map(compileAlternative);
  return (value) => tests.some((test) => test(value));
}

function compileAlternative(alternative: unknown): Test {
  if (isLiteral(alternative)) return anyElement((value) => value === alternative);
  if (!isObject(alternative) || Object.keys(alternative).length !== 1)
    throw invalid("Only one match type a value is allowed");
  const [[kind, operand]] = Object.entries(alternative) as [[string, unknown]];
  if (kind === "exists") {
    if (typeof operand !== "boolean") throw invalid("exists match pattern must be either true or false");
    return (value) => (value !== undefined && !isObject(value)) === operand;
  }
  if (kind === "prefix" || kind === "suffix") return anyElement(affix(kind, operand));
  if (kind === "anything-but") return anyElement(anythingBut(operand));
  if (kind === "wildcard") return anyElement(wildcard(operand));
  if (kind === "numeric") return anyElement(numeric(operand));
  throw invalid(`Unrecognized match type ${kind}`);
}

function anyElement(test: Test): Test {
  return (value) => (Array.isArray(value) ? value.some(test) : value !== undefined && test(value));
}

function affix(kind: "prefix" | "suffix", operand: unknown): Test {
  if (typeof operand !== "string") throw invalid(`${kind} match pattern must be a string`);
  if (kind === "prefix") return (value) => typeof value === "string" && value.startsWith(operand);
  return (value) => typeof value === "string" && value.endsWith(operand);
}

/** `*` is any run of characters, also none; `\\*` is a star. Never a regular expression: a pattern cannot make it slow. */
function wildcard(operand: unknown): Test {
  if (typeof operand !== "string") throw invalid("wildcard match pattern must be a string");
  const pieces = [""];
  for (const one of operand.match(/\\[\\*]|[\s\S]/g) ?? []) {
    if (one === "\\") throw invalid("A backslash may only escape a star or a backslash");
    if (one === "*") pieces.push("");
    else pieces[pieces.length - 1] += one.slice(-1);
  }
  if (pieces.slice(1, -1).includes("")) throw invalid("Consecutive wildcard characters");
  const [first, ...others] = pieces as [string, ...string[]];
  const last = others.pop();
  return (value) => {
    if (typeof value !== "string") return false;
    if (last === undefined) return value === first;
    if (!value.startsWith(first)) return false;
    let at = first.length;
    for (const piece of others) {
      const found = value.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return value.length - last.length >= at && value.endsWith(last);
  };
}

function anythingBut(operand: unknown): Test {
  if (isObject(operand)) {
    const [kind, ...more] = Object.keys(operand);
    if ((kind !== "prefix" && kind !== "suffix") || more.length > 0)
      throw invalid(`Unsupported anything-but pattern: ${kind}`);
    const fits = affix(kind, operand[kind]);
    return (value) => !fits(value);
  }
  const refused = Array.isArray(operand) ? operand : [operand];
  if (refused.length === 0 || !refused.every((item) => typeof item === "string" || typeof item === "number")) {
    throw invalid("Value of anything-but must be text, a number, or an array of them");
  }
  return (value) => !refused.includes(value as string);
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  "=": (value, bound) => value === bound,
  ">=": (value, bound) => value >= bound,
  ">": (value, bound) => value > bound,
};

function numeric(operand: unknown): Test {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) {
    throw invalid("Value of numeric must be an array of one or two operators with numbers");
  }
  const bounds: Test[] = [];
  for (let index = 0; index < operand.length; index += 2) {
    const compare = Object.hasOwn(comparisons, String(operand[index]))
      ? comparisons[String(operand[index])]
      : undefined;
    const bound: unknown = operand[index + 1];
    if (compare === undefined) throw invalid(`Unrecognized numeric range operator: ${String(operand[index])}`);
    if (typeof bound !== "number") throw invalid("Value of numeric operator must be a number");
    bounds.push((value) => typeof value === "number" && compare(value, bound));
  }
  return (value) => bounds.every((test) => test(value));
}

function isLiteral(value: unknown): boolean {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function invalid(reason: string): ServiceError {
  return new ServiceError("InvalidEventPatternException", `Event pattern is not valid. Reason: ${reason}`);
}
