// What a store gives back is what went through the wire: no shared references, no members that are undefined.

/** A deep copy of JSON-like data, undefined members left out. Walked, not printed and parsed: ladder tests copy much. */
export function storedCopy<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map((one) => (one === undefined ? null : storedCopy(one))) as Value;
  if (value === null || typeof value !== "object") return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return JSON.parse(JSON.stringify(value)) as Value;
  const copy: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) if (part !== undefined) copy[name] = storedCopy(part);
  return copy as Value;
}
