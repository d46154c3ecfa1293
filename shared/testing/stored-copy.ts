// What a store gives back is what went through the wire: nobody else's change shows in it, no members that are undefined.

/** Every object and array that a store holds already: frozen, so that it can be given out and stored again as it is. */
const held = new WeakSet<object>();

/**
 * A deep copy of JSON-like data, undefined members left out, and frozen: whoever changes what he read gets a TypeError,
 * where a real store would quietly forget the change. What is such a copy already is not copied: ladder tests store much.
 */
export function storedCopy<Value>(value: Value): Value {
  if (value === null || typeof value !== "object" || held.has(value)) return value;
  const copy = Array.isArray(value)
    ? value.map((one: unknown) => (one === undefined ? null : storedCopy(one)))
    : Object.getPrototypeOf(value) === Object.prototype
      ? membersOf(value)
      : storedCopy(JSON.parse(JSON.stringify(value)) as unknown);
  if (copy !== null && typeof copy === "object") held.add(Object.freeze(copy));
  return copy as Value;
}

function membersOf(value: object): object {
  const copy: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) if (part !== undefined) copy[name] = storedCopy(part);
  return copy;
}
