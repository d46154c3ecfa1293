// Shapes of the MWAA service model as JSON Schema (OpenAPI 3.1), with the few members that differ here.
import type { ModelShape, ModelShapes } from "../../shared/domain/model-schema.ts";

/** A JSON Schema, draft 2020-12. */
export type Schema = Readonly<Record<string, unknown>>;

export const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/**
 * The schema of one shape; shapes inside it are references.
 * @param members of this structure that are described otherwise than by the model
 */
export function schemaOfShape(
  shapes: ModelShapes,
  name: string,
  members: Readonly<Record<string, Schema>> = {},
): Schema {
  const shape = shapes[name];
  if (!shape) throw new Error(`The service model has no shape named ${name}.`);
  if (shape.document) return { description: "Any JSON value." };
  const schema = plain(shape, members);
  return shape.sensitive ? { ...schema, description: "Sensitive: logged nowhere, and in no error message." } : schema;
}

/** Names of all shapes a schema refers to, and those they refer to, as far as `known` has them. */
export function namesIn(schema: unknown, known: (name: string) => Schema, found = new Set<string>()): Set<string> {
  if (Array.isArray(schema)) for (const part of schema) namesIn(part, known, found);
  else if (schema !== null && typeof schema === "object") {
    const name = /^#\/components\/schemas\/(.+)$/.exec((schema as { $ref?: string }).$ref ?? "")?.[1];
    if (name !== undefined && !found.has(name)) namesIn(known(name), known, found.add(name));
    for (const part of Object.values(schema)) namesIn(part, known, found);
  }
  return found;
}

function plain(shape: ModelShape, members: Readonly<Record<string, Schema>>): Schema {
  switch (shape.type) {
    case "structure":
      return structure(shape, members);
    case "list":
      return { type: "array", items: reference(shape.member!.shape), ...limits(shape, "Items") };
    case "map":
      return {
        type: "object",
        propertyNames: reference(shape.key!.shape),
        additionalProperties: reference(shape.value!.shape),
        ...limits(shape, "Properties"),
      };
    case "string":
      return {
        type: "string",
        ...(shape.enum ? { enum: shape.enum } : {}),
        ...limits(shape, "Length"),
        ...(shape.pattern === undefined ? {} : { pattern: `^(?:${shape.pattern})$` }),
      };
    case "integer":
    case "long":
      return { type: "integer", ...bounds(shape) };
    case "double":
      return { type: "number", ...bounds(shape) };
    case "boolean":
      return { type: "boolean" };
    case "timestamp":
      return { type: "number", description: "Seconds since the epoch." };
    default:
      throw new Error(`The service model's type ${shape.type} has no rule here.`);
  }
}

/** Members of the path or the query are no part of a body. */
function structure(shape: ModelShape, members: Readonly<Record<string, Schema>>): Schema {
  const own = Object.entries(shape.members ?? {})
    .filter(([, { location }]) => location === undefined)
    .map(([name, member]) => [name, reference(member.shape)] as const);
  const properties: Schema = { ...Object.fromEntries(own), ...members };
  const required = (shape.required ?? []).filter((name) => name in properties);
  return { type: "object", properties, ...(required.length > 0 ? { required } : {}) };
}

const limits = ({ min, max }: ModelShape, what: "Items" | "Properties" | "Length"): Schema => ({
  ...(min === undefined ? {} : { [`min${what}`]: min }),
  ...(max === undefined ? {} : { [`max${what}`]: max }),
});

const bounds = ({ min, max }: ModelShape): Schema => ({
  ...(min === undefined ? {} : { minimum: min }),
  ...(max === undefined ? {} : { maximum: max }),
});
