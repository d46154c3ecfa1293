// Builds a zod schema from a shape of the MWAA service model, so that every bound, pattern and enum has one source.
import * as z from "zod";

/** A shape of a botocore service model, without its documentation. */
export interface ModelShape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, { readonly shape: string; readonly location?: string }>>;
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly sensitive?: boolean;
  /** Any JSON value (Smithy's document type). */
  readonly document?: boolean;
}

export type ModelShapes = Readonly<Record<string, ModelShape>>;

/**
 * The schema of one shape. Unknown members are dropped, as the service does; members of a wrong type, length, pattern
 * or enum become zod issues whose message is worded as the service words it ("Member must …").
 * @param nullable members of this structure that may also be null, which the service itself does not take
 * @throws Error when the model has a type this builder does not know: a new model must be looked at, not guessed.
 */
export function schemaOf(shapes: ModelShapes, name: string, nullable: readonly string[] = []): z.ZodType {
  const shape = shapes[name];
  if (!shape) throw new Error(`The service model has no shape named ${name}.`);
  switch (shape.type) {
    case "structure":
      return shape.document ? z.unknown() : structure(shapes, shape, nullable);
    case "list":
      return bounded(z.array(schemaOf(shapes, shape.member!.shape), wrongType("a list")), shape);
    case "map":
      return map(shapes, shape);
    case "string":
      return text(shape);
    case "integer":
    case "long":
      return bounds(z.int(wrongType("an integer")), shape);
    case "double":
      return bounds(z.number(wrongType("a number")), shape);
    case "boolean":
      return z.boolean(wrongType("true or false"));
    case "timestamp":
      return z.number(wrongType("seconds since the epoch"));
    default:
      throw new Error(`The service model's type ${shape.type} (${name}) has no rule here.`);
  }
}

function structure(shapes: ModelShapes, shape: ModelShape, nullable: readonly string[]): z.ZodType {
  const required = new Set(shape.required ?? []);
  const members = Object.entries(shape.members ?? {}).map(([name, member]) => {
    const own = schemaOf(shapes, member.shape);
    const schema = nullable.includes(name) ? own.nullable() : own;
    return [name, required.has(name) ? schema : schema.optional()] as const;
  });
  return z.object(Object.fromEntries(members), wrongType("an object"));
}

function map(shapes: ModelShapes, shape: ModelShape): z.ZodType {
  const key = text(shapes[shape.key!.shape]!);
  const ofType = wrongType("an object").error;
  const schema = z.record(key, schemaOf(shapes, shape.value!.shape), {
    error: (issue) => (issue.code === "invalid_key" ? keyMessage(issue.issues) : ofType(issue)),
  });
  return schema.refine((value) => within(Object.keys(value).length, shape), { error: lengthMessage(shape) });
}

function text(shape: ModelShape): z.ZodType<string, string> {
  let schema = z.string(wrongType("a string"));
  if (shape.enum) {
    const words = shape.enum;
    return schema.refine((value) => words.includes(value), {
      error: `Member must satisfy enum value set: [${words.join(", ")}]`,
    });
  }
  if (shape.min !== undefined)
    schema = schema.min(shape.min, `Member must have length greater than or equal to ${shape.min}`);
  if (shape.max !== undefined)
    schema = schema.max(shape.max, `Member must have length less than or equal to ${shape.max}`);
  if (shape.pattern !== undefined)
    schema = schema.regex(
      new RegExp(`^(?:${shape.pattern})$`, "su"),
      `Member must satisfy regular expression pattern: ${shape.pattern}`,
    );
  return schema;
}

function bounds<Schema extends z.ZodNumber>(schema: Schema, shape: ModelShape): z.ZodType {
  let result: z.ZodNumber = schema;
  if (shape.min !== undefined)
    result = result.min(shape.min, `Member must have value greater than or equal to ${shape.min}`);
  if (shape.max !== undefined)
    result = result.max(shape.max, `Member must have value less than or equal to ${shape.max}`);
  return result;
}

function bounded(schema: z.ZodArray, shape: ModelShape): z.ZodType {
  return schema.refine((value) => within(value.length, shape), { error: lengthMessage(shape) });
}

const within = (length: number, shape: ModelShape) => length >= (shape.min ?? 0) && length <= (shape.max ?? Infinity);

const lengthMessage = (shape: ModelShape) =>
  `Member must have length between ${shape.min ?? 0} and ${shape.max ?? "any"}`;

/** @param issues what is wrong with the key itself */
const keyMessage = (issues: unknown) =>
  `Map keys must satisfy constraint: [${(issues as readonly { message: string }[]).map(({ message }) => message).join(", ")}]`;

/** A missing member and a wrong type are the same zod issue; the service tells them apart. */
function wrongType(wanted: string) {
  return {
    error: (issue: { input?: unknown }) =>
      issue.input === undefined || issue.input === null ? "Member must not be null" : `Member must be ${wanted}`,
  };
}
