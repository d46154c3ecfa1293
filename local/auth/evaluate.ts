// IAM's decision: denied unless a statement allows, and an explicit deny wins. Pure. Statements are sorted out by action
// once, so that a request costs a look-up and as many comparisons as there are resources in question.
// Our own: docs/decisions/own-policy-evaluation.md. Tests hold it to the verdicts of @cloud-copilot/iam-simulate.
import { fitsGlob, fixedPrefix } from "../../shared/domain/glob.ts";
import type { PolicyDocument, PolicyStatement } from "./policy-grammar.ts";

/**
 * What an action is done to. `*`: nothing in particular, as when listing. `within`: something below this prefix that the
 * front door cannot tell more closely; a statement must then allow all of it, and a deny of any part of it counts.
 */
export type Target = string | { readonly within: string };

export type Verdict = "allowed" | "explicitly denied" | "not allowed";

/** The policies of one principal, made ready. */
export interface Policies {
  /** @param action e.g. `airflow:GetEnvironment` */
  decide(action: string, target: Target): Verdict;
  /** The verdict where the resource does not matter, so that nobody needs to find out what it is. */
  decideWithoutTarget(action: string): Verdict | undefined;
}

interface Rule {
  readonly effect: "Allow" | "Deny";
  readonly negated: boolean;
  readonly resources: readonly string[];
}

const rememberedActions = 500;

/** Compiles the policies of one principal; throw the result away when they change. */
export function compilePolicies(documents: readonly PolicyDocument[]): Policies {
  const statements = documents.flatMap((document) => [document.Statement].flat() as PolicyStatement[]);
  const byAction = new Map<string, readonly Rule[]>();

  const rulesOf = (action: string): readonly Rule[] => {
    const known = byAction.get(action);
    if (known) return known;
    const rules = statements.filter((statement) => concerns(statement, action)).map(ruleOf);
    if (byAction.size >= rememberedActions) byAction.clear();
    byAction.set(action, rules);
    return rules;
  };

  return {
    decide(action, target) {
      const rules = rulesOf(action);
      const applies = (rule: Rule) => covers(rule, target);
      if (rules.some((rule) => rule.effect === "Deny" && applies(rule))) return "explicitly denied";
      return rules.some((rule) => rule.effect === "Allow" && applies(rule)) ? "allowed" : "not allowed";
    },
    decideWithoutTarget(action) {
      const rules = rulesOf(action);
      if (!rules.every((rule) => isUnconditional(rule))) return undefined;
      if (rules.some((rule) => rule.effect === "Deny")) return "explicitly denied";
      return rules.length > 0 ? "allowed" : "not allowed";
    },
  };
}

function concerns(statement: PolicyStatement, action: string): boolean {
  const fits = (pattern: string) => fitsGlob(pattern.toLowerCase(), action.toLowerCase());
  if (statement.Action !== undefined) return [statement.Action].flat().some(fits);
  return ![statement.NotAction ?? []].flat().some(fits);
}

function ruleOf(statement: PolicyStatement): Rule {
  const negated = statement.Resource === undefined;
  const resources = [statement.Resource ?? statement.NotResource ?? []].flat();
  return { effect: statement.Effect, negated, resources };
}

const isUnconditional = (rule: Rule): boolean => !rule.negated && rule.resources.includes("*");

function covers({ effect, negated, resources }: Rule, target: Target): boolean {
  if (typeof target === "string") return resources.some((pattern) => fitsResource(pattern, target)) !== negated;
  const all = resources.some((pattern) => fitsResource(pattern, `${target.within}*`));
  const some = resources.some((pattern) => touches(pattern, target.within));
  // Of what cannot be told more closely, an allow must cover everything and a deny need only touch it.
  if (effect === "Allow") return negated ? !some : all;
  return negated ? !all : some;
}

/** The first five parts of an ARN each for itself, then the rest as one: a star does not reach over the colons before. */
function fitsResource(pattern: string, resource: string): boolean {
  if (pattern === "*" || pattern === resource) return true;
  const wanted = parts(pattern);
  const given = parts(resource);
  return wanted !== undefined && given !== undefined && wanted.every((part, index) => fitsGlob(part, given[index]!));
}

/** Whether the pattern may fit something that begins with the prefix. Says yes when in doubt: a deny then counts. */
function touches(pattern: string, prefix: string): boolean {
  const wanted = parts(pattern);
  const given = parts(prefix);
  if (wanted === undefined || given === undefined) return pattern === "*" || given === undefined;
  const fixed = fixedPrefix(wanted[5]!);
  const inPlace = wanted.slice(0, 5).every((part, index) => fitsGlob(part, given[index]!));
  return inPlace && (fixed.startsWith(given[5]!) || given[5]!.startsWith(fixed));
}

function parts(arn: string): readonly string[] | undefined {
  const found: string[] = [];
  let from = 0;
  for (let count = 0; count < 5; count++) {
    const colon = arn.indexOf(":", from);
    if (colon < 0) return undefined;
    found.push(arn.slice(from, colon));
    from = colon + 1;
  }
  found.push(arn.slice(from));
  return found;
}
