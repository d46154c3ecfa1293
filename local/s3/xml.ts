// The XML of S3's REST protocol: a small writer for replies and a strict reader for request documents.
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { S3Error } from "./errors.ts";

/** What an element may hold: text, children by name (in order), or nothing. An array repeats the element. */
export type XmlContent = string | number | boolean | XmlChildren;
export interface XmlChildren {
  readonly [name: string]: XmlContent | readonly XmlContent[] | undefined;
}

/** What the reader gives back: every leaf is text, an element named in `repeated` is always an array. */
export interface XmlElement {
  readonly [name: string]: string | XmlElement | readonly (string | XmlElement)[] | undefined;
}

/**
 * Writes one reply document in S3's namespace.
 * @param namespace false for error documents, which carry none
 */
export function writeXml(root: string, content: XmlContent, namespace = true): string {
  const opening = namespace ? `<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` : `<${root}>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${opening}${contentXml(content)}</${root}>`;
}

/**
 * Reads one request document.
 * @param root the element the document must have at its top
 * @param repeated names of elements that may occur more than once
 * @throws S3Error MalformedXML for anything that is no such document; entity declarations are refused unread
 */
export function readXml(text: string, root: string, repeated: readonly string[] = []): XmlElement {
  if (/<!(DOCTYPE|ENTITY)/i.test(text) || XMLValidator.validate(text) !== true) throw new S3Error("MalformedXML");
  const parser = new XMLParser({
    parseTagValue: false,
    trimValues: false,
    ignoreAttributes: true,
    removeNSPrefix: true,
    processEntities: false,
    isArray: (name) => repeated.includes(name),
    tagValueProcessor: (_name, value) => decodeEntities(value),
  });
  const document = parser.parse(text) as Record<string, unknown>;
  const element = document[root];
  if (element === "") return {};
  if (typeof element !== "object" || element === null || Array.isArray(element)) throw new S3Error("MalformedXML");
  return element as XmlElement;
}

/** The text of a leaf, or undefined when the element is absent or holds children. */
export function textOf(element: XmlElement, name: string): string | undefined {
  const value = element[name];
  return typeof value === "string" ? value : undefined;
}

/** One child element, or undefined when it is absent; an empty element is an element without children. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  const value = element[name];
  if (value === "") return {};
  return typeof value === "object" && !Array.isArray(value) ? (value as XmlElement) : undefined;
}

/** All elements of one repeated name; an empty one among them is malformed. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  const values = element[name];
  if (values === undefined) return [];
  return (Array.isArray(values) ? values : [values]).map((value: string | XmlElement) => {
    if (typeof value === "string") throw new S3Error("MalformedXML");
    return value;
  });
}

function contentXml(content: XmlContent): string {
  if (typeof content !== "object") return escapeText(String(content));
  let text = "";
  for (const [name, value] of Object.entries(content)) {
    if (value === undefined) continue;
    for (const item of Array.isArray(value) ? value : [value]) text += `<${name}>${contentXml(item)}</${name}>`;
  }
  return text;
}

const named: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys may hold control characters; S3 writes them as references
  return text.replace(/[&<>"\u0000-\u001f\u007f]/g, (c) => named[c] ?? `&#x${c.charCodeAt(0).toString(16)};`);
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return entities[name] ?? whole;
    const code = hex !== undefined ? Number.parseInt(hex, 16) : Number.parseInt(decimal, 10);
    if (code > 0x10ffff) throw new S3Error("MalformedXML");
    return String.fromCodePoint(code);
  });
}
