// One DynamoDB request carried out by dynalite's parts: its rules, then its action. What its own server does besides
// (reading HTTP, looking for a signature) the front door has done.
import { createRequire } from "node:module";
import type { Callback, Store } from "dynalite/db/index.js";
import validations, { type Rules } from "dynalite/validations/index.js";

/** An answer of the service: a JSON document. */
export interface Answer {
  readonly status: number;
  readonly document: object;
}

type Action = (store: Store, input: object, callback: Callback<object>) => void;

const load = createRequire(import.meta.url);
const names = [
  "BatchGetItem",
  "BatchWriteItem",
  "CreateTable",
  "DeleteItem",
  "DeleteTable",
  "DescribeTable",
  "DescribeTimeToLive",
  "GetItem",
  "ListTables",
  "ListTagsOfResource",
  "PutItem",
  "Query",
  "Scan",
  "TagResource",
  "UntagResource",
  "UpdateItem",
  "UpdateTable",
];
const operations = new Map(
  names.map((name) => {
    const file = `${name.charAt(0).toLowerCase()}${name.slice(1)}.js`;
    const action = load(`dynalite/actions/${file}`) as Action;
    return [name, { action, rules: load(`dynalite/validations/${file}`) as Rules }];
  }),
);

/**
 * Carries out one request.
 * @param target the header `X-Amz-Target`
 * @throws Error of the store itself: the front door answers it as a fault
 */
export function carryOut(store: Store, target: string, body: string): Promise<Answer> {
  let input: unknown;
  try {
    input = body === "" ? undefined : JSON.parse(body);
  } catch {
    return Promise.resolve(coral("SerializationException"));
  }
  const [version, name = "", ...rest] = target.split(".");
  const operation = operations.get(name);
  const isKnown = version === "DynamoDB_20120810" || version === "DynamoDB_20111205";
  if (!isKnown || !operation || rest.length > 0) return Promise.resolve(coral("UnknownOperationException"));
  // dynalite's own server dies of a `null`
  if (input === undefined || input === null) return Promise.resolve(coral("SerializationException"));
  return new Promise((resolve, reject) => {
    const refuse = (error: unknown) => {
      const { statusCode, body: document } = error as { statusCode?: number; body?: object };
      if (statusCode === undefined) reject(error instanceof Error ? error : new Error(String(error)));
      else resolve({ status: statusCode, document: document ?? {} });
    };
    try {
      const checked = validations.checkTypes(input as object, operation.rules.types);
      validations.checkValidations(checked, operation.rules.types, operation.rules.custom, store);
      operation.action(store, checked, (error, document) =>
        error ? refuse(error) : resolve({ status: 200, document: document ?? {} }),
      );
    } catch (error) {
      refuse(error);
    }
  });
}

const coral = (error: string): Answer => ({
  status: 400,
  document: { __type: `com.amazon.coral.service#${error}` },
});
