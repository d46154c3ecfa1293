// Message attributes: their rules, their size, and the MD5 over them that some SDKs verify on every send and receive.
import { createHash } from "node:crypto";
import type { JsonInput } from "../json-protocol.ts";
import { invalidParameter, sqsError } from "./errors.ts";

/** One attribute as it travels; `BinaryValue` is base64 text. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

const maximumCount = 10;

/**
 * Checks the `MessageAttributes` (or `MessageSystemAttributes`) of a send and returns them in a plain shape.
 * @throws the error SQS gives: InvalidParameterValue with the attribute's name in it
 */
export function readMessageAttributes(input: JsonInput, member: string): MessageAttributes {
  const given = input[member] ?? {};
  if (typeof given !== "object" || Array.isArray(given)) throw invalidParameter(member, given, "Must be a map.");
  const entries = Object.entries(given as Record<string, Record<string, unknown>>);
  if (entries.length > maximumCount) {
    const message = `Number of message attributes [${entries.length}] exceeds the allowed maximum [${maximumCount}].`;
    throw sqsError("InvalidParameterValueException", message);
  }
  return Object.fromEntries(entries.map(([name, value]) => [checkedName(name), checkedValue(name, value)]));
}

/** Refuses every system attribute but the one SQS knows for senders. */
export function readSystemAttributes(input: JsonInput): MessageAttributes {
  const attributes = readMessageAttributes(input, "MessageSystemAttributes");
  const unknown = Object.keys(attributes).find((name) => name !== "AWSTraceHeader");
  if (unknown === undefined) return attributes;
  throw sqsError("InvalidParameterValueException", `Message system attribute name '${unknown}' is invalid.`);
}

/** Bytes the attributes count towards the size of a message: names, types and values. */
export function attributesSize(attributes: MessageAttributes): number {
  let bytes = 0;
  for (const [name, attribute] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + valueBytes(attribute).length;
  }
  return bytes;
}

/** MD5 as SQS documents it: names in order, every field prefixed by its length, one byte saying text or binary. */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash("md5");
  for (const name of names) {
    const attribute = attributes[name]!;
    hash.update(lengthPrefixed(Buffer.from(name)));
    hash.update(lengthPrefixed(Buffer.from(attribute.DataType)));
    hash.update(Buffer.of(isBinary(attribute.DataType) ? 2 : 1));
    hash.update(lengthPrefixed(valueBytes(attribute)));
  }
  return hash.digest("hex");
}

/** The attributes a receive asked for: by name, by `prefix.*`, or all (`All`, `.*`). */
export function selectAttributes(attributes: MessageAttributes, wanted: readonly string[]): MessageAttributes {
  const matches = (name: string) =>
    wanted.some((want) => {
      if (want === "All" || want === ".*" || want === name) return true;
      return want.endsWith(".*") && name.startsWith(want.slice(0, -2));
    });
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => matches(name)));
}

function checkedName(name: string): string {
  const wellFormed = /^[A-Za-z0-9_.-]{1,256}$/.test(name) && !/^\.|\.$|\.\./.test(name);
  if (wellFormed && !/^(aws|amazon)\./i.test(name)) return name;
  throw sqsError("InvalidParameterValueException", `Message (user) attribute name '${name}' is invalid.`);
}

function checkedValue(name: string, value: Record<string, unknown>): MessageAttribute {
  const type = typeof value?.["DataType"] === "string" ? value["DataType"] : "";
  if (!/^(String|Number|Binary)(\.[^\s]+)?$/.test(type) || type.length > 256) {
    const reason = "Unknown message attribute value type; it must begin with String, Number or Binary.";
    throw sqsError("InvalidParameterValueException", `The message attribute '${name}' has an invalid type. ${reason}`);
  }
  const text = isBinary(type) ? value["BinaryValue"] : value["StringValue"];
  if (typeof text !== "string" || text === "") {
    const message = `The message attribute '${name}' must contain a non-empty message attribute value.`;
    throw sqsError("InvalidParameterValueException", message);
  }
  if (type.startsWith("Number") && !Number.isFinite(Number(text))) {
    const message = `Can't cast the value of message attribute '${name}' to a number.`;
    throw sqsError("InvalidParameterValueException", message);
  }
  return isBinary(type) ? { DataType: type, BinaryValue: text } : { DataType: type, StringValue: text };
}

function isBinary(type: string): boolean {
  return type.startsWith("Binary");
}

function valueBytes(attribute: MessageAttribute): Buffer {
  if (isBinary(attribute.DataType)) return Buffer.from(attribute.BinaryValue ?? "", "base64");
  return Buffer.from(attribute.StringValue ?? "");
}

function lengthPrefixed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
