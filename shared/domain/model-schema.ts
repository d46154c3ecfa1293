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
      return list(shapes, shape);
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

/**
 * Faulty members of one list or map that are told; the rest is not looked at. A pattern of the model may backtrack over a
 * text that does not fit (ConfigKey), so the number of texts that do not fit must be bounded, not only their length.
 */
const mostFaults = 10;

function list(shapes: ModelShapes, shape: ModelShape): z.ZodType {
  const member = schemaOf(shapes, shape.member!.shape);
  const ofType = wrongType("a list").error;
  return z.unknown().transform((given, context) => {
    if (!Array.isArray(given)) return refused(context, ofType({ input: given }));
    if (!within(given.length, shape)) return refused(context, lengthMessage(shape));
    return checkedEntries([...given.entries()], context, ([, value]) => member.safeParse(value)).map(
      ([, value]) => value,
    );
  });
}

function map(shapes: ModelShapes, shape: ModelShape): z.ZodType {
  const key = text(shapes[shape.key!.shape]!);
  const value = schemaOf(shapes, shape.value!.shape);
  const ofType = wrongType("an object").error;
  return z.unknown().transform((given, context) => {
    if (given === null || typeof given !== "object" || Array.isArray(given))
      return refused(context, ofType({ input: given }));
    const entries = Object.entries(given);
    if (!within(entries.length, shape)) return refused(context, lengthMessage(shape));
    const checked = checkedEntries(entries, context, ([name, part]) => {
      const named = key.safeParse(name);
      return named.success ? value.safeParse(part) : { error: { issues: [{ path: [], message: keyMessage(named) }] } };
    });
    return Object.fromEntries(checked);
  });
}

interface Checked {
  readonly data?: unknown;
  readonly error?: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] };
}

/** The entries as their schemas read them; their issues go to the context, those of the first faulty ones. */
function checkedEntries<Key extends string | number>(
  entries: readonly (readonly [Key, unknown])[],
  context: z.RefinementCtx,
  check: (entry: readonly [Key, unknown]) => Checked,
): readonly (readonly [Key, unknown])[] {
  const read: [Key, unknown][] = [];
  let faulty = 0;
  for (const entry of entries) {
    const { data, error } = check(entry);
    if (!error) read.push([entry[0], data]);
    for (const { path, message } of error?.issues ?? [])
      context.addIssue({ code: "custom", path: [entry[0], ...path], message });
    if (error && ++faulty >= mostFaults) break;
  }
  return read;
}

function refused(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: "custom", message });
  return z.NEVER;
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
    // aborts: a pattern is never tried on a text of any length
    schema = schema.max(shape.max, {
      error: `Member must have length less than or equal to ${shape.max}`,
      abort: true,
    });
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

const within = (length: number, shape: ModelShape) => length >= (shape.min ?? 0) && length <= (shape.max ?? Infinity);

const lengthMessage = (shape: ModelShape) =>
  `Member must have length between ${shape.min ?? 0} and ${shape.max ?? "any"}`;

/** @param checked what is wrong with the key itself */
const keyMessage = ({ error }: Checked) =>
  `Map keys must satisfy constraint: [${(error?.issues ?? []).map(({ message }) => message).join(", ")}]`;

/** A missing member and a wrong type are the same zod issue; the service tells them apart. */
function wrongType(wanted: string) {
  return {
    error: (issue: { input?: unknown }) =>
      issue.input === undefined || issue.input === null ? "Member must not be null" : `Member must be ${wanted}`,
  };
}
