// JSON as the project's formatter writes it, so that a generated file passes the same check as one written by hand.

const lineWidth = 120;

/** @param value JSON without functions or undefined */
export const printed = (value: unknown): string => `${print(value, "", 0)}\n`;

/** @param used characters on the line before the value; one is kept for the comma behind it */
function print(value: unknown, indent: string, used: number): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const flat = `[${value.map((part) => JSON.stringify(part)).join(", ")}]`;
    const isFlat = value.every((part) => part === null || typeof part !== "object");
    if (value.length === 0 || (isFlat && indent.length + used + flat.length < lineWidth)) return flat;
    return `[\n${value.map((part) => `${deeper}${print(part, deeper, 0)}`).join(",\n")}\n${indent}]`;
  }
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(([name, part]) => {
    const key = `${JSON.stringify(name)}: `;
    return `${deeper}${key}${print(part, deeper, key.length)}`;
  });
  return members.length === 0 ? "{}" : `{\n${members.join(",\n")}\n${indent}}`;
}
