// What a store gives back is what went through the wire: no shared references, no members that are undefined.

/** A deep copy of JSON-like data, undefined members left out. */
export const storedCopy = <Value>(value: Value): Value =>
  value === undefined ? value : (JSON.parse(JSON.stringify(value)) as Value);
