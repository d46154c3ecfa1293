// What the schemas of the extensions are written with.
import type { Schema } from "./model-schemas.ts";

export const text: Schema = { type: "string" };
export const count: Schema = { type: "integer", minimum: 0 };
export const number: Schema = { type: "number" };
export const truth: Schema = { type: "boolean" };
export const time: Schema = { type: "number", description: "Seconds since the epoch." };
export const words = (...values: readonly string[]): Schema => ({ type: "string", enum: values });
export const list = (items: Schema, description?: string): Schema => ({
  type: "array",
  items,
  ...(description === undefined ? {} : { description }),
});
export const orNull = (schema: Schema, description: string): Schema => ({
  anyOf: [schema, { type: "null" }],
  description,
});
export const described = (schema: Schema, description: string): Schema => ({ ...schema, description });

/** @param optional members that may be absent */
export const object = (properties: Readonly<Record<string, Schema>>, ...optional: readonly string[]): Schema => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});
