// The OpenAPI document as its readers use it: operations by route, and schemas that can be held against a value.
import { readFileSync } from "node:fs";
import { Ajv2020, type AnySchema } from "ajv/dist/2020.js";

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required?: boolean;
  readonly schema: Json;
}
type Json = Readonly<Record<string, unknown>>;
interface Content {
  readonly content?: { readonly "application/json": { readonly schema: Json } };
  readonly $ref?: string;
}
export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Json>>;
    readonly responses: Readonly<Record<string, Content>>;
  };
}

export const description: Description = JSON.parse(
  readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"),
);

/** `GET /environments/{Name}` → its operation. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  ),
);

/** The schema of a body or response, wherever it stands. */
export function schemaOf({ $ref, content }: Content): Json {
  const found = $ref === undefined ? content : description.components.responses[$ref.split("/").at(-1)!]?.content;
  const schema = found?.["application/json"].schema;
  if (!schema) throw new Error(`${$ref ?? "A body"} has no schema.`);
  return schema;
}

/** Every object inside, with the path that leads to it. */
export function* objectsIn(value: unknown, path = "#"): Generator<readonly [string, Json]> {
  if (value === null || typeof value !== "object") return;
  if (!Array.isArray(value)) yield [path, value as Json];
  for (const [name, part] of Object.entries(value)) yield* objectsIn(part, `${path}/${name}`);
}

/** Every named schema under an id of its own, so that each is compiled once and not again for all that refer to it. */
const ajv = new Ajv2020({ allErrors: true, strict: false });
for (const [name, schema] of Object.entries(description.components.schemas))
  ajv.addSchema(closed(schema) as AnySchema, idOf(name));

/** @returns a function that lists what is wrong with a value; members the schema does not name are faults, too */
export function checker(schema: Json): (value: unknown) => readonly string[] {
  const validate = ajv.compile(closed(schema) as AnySchema);
  return (value) =>
    validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

function idOf(name: string): string {
  return `description:${name}`;
}

/**
 * The same with `additionalProperties: false` wherever a schema lists members and says nothing of others, and with
 * references by id.
 */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (value === null || typeof value !== "object") return value;
  const parts = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, closed(part)]));
  if (typeof parts["$ref"] === "string") parts["$ref"] = idOf(parts["$ref"].replace("#/components/schemas/", ""));
  const listsMembers = parts["type"] === "object" && "properties" in parts && !("additionalProperties" in parts);
  return listsMembers ? { ...parts, additionalProperties: false } : parts;
}
