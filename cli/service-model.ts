// The service model as far as the command line needs it: the members of a request and what they hold. One source of names:
// a member that AWS adds to contracts/ is a flag here.
import { readFileSync } from "node:fs";

export type Shape =
  | { readonly type: "string"; readonly choices?: readonly string[] }
  | { readonly type: "integer" | "boolean" | "other" }
  | { readonly type: "list"; readonly member: Shape }
  | { readonly type: "map"; readonly value: Shape }
  | { readonly type: "structure"; readonly members: Readonly<Record<string, Shape>> };

export interface Member {
  readonly name: string;
  readonly shape: Shape;
  /** The first sentence of what the model says of it. */
  readonly purpose: string;
}

interface ModelShape {
  readonly type: string;
  readonly enum?: readonly string[];
  readonly member?: Reference;
  readonly value?: Reference;
  readonly members?: Readonly<
    Record<string, Reference & { readonly location?: string; readonly documentation?: string }>
  >;
}
interface Reference {
  readonly shape: string;
}

const file = new URL("../contracts/mwaa-2020-07-01.service-2.json", import.meta.url);

/** The members of an operation's input that go into the body, in the model's order. @param input name of its shape */
export function bodyMembers(input: string): readonly Member[] {
  const { shapes } = JSON.parse(readFileSync(file, "utf8")) as { shapes: Readonly<Record<string, ModelShape>> };
  return Object.entries(shapes[input]?.members ?? {})
    .filter(([, { location }]) => location === undefined)
    .map(([name, { shape, documentation }]) => ({
      name,
      shape: shapeOf(shapes, shape),
      purpose: firstSentence(documentation ?? name),
    }));
}

function firstSentence(documentation: string): string {
  const text = documentation
    .replace(/<[^>]*>/g, "")
    .replace(/\s+/g, " ")
    .trim();
  return /^.*?[.](?= [A-Z]|$)/.exec(text)?.[0] ?? text;
}

/** The model's inputs are trees: no shape holds itself. */
function shapeOf(shapes: Readonly<Record<string, ModelShape>>, name: string): Shape {
  const shape = shapes[name];
  const of = (reference: Reference | undefined) => shapeOf(shapes, reference?.shape ?? "");
  switch (shape?.type) {
    case "string":
      return { type: "string", ...(shape.enum ? { choices: shape.enum } : {}) };
    case "integer":
    case "boolean":
      return { type: shape.type };
    case "list":
      return { type: "list", member: of(shape.member) };
    case "map":
      return { type: "map", value: of(shape.value) };
    case "structure":
      return {
        type: "structure",
        members: Object.fromEntries(Object.entries(shape.members ?? {}).map(([member, one]) => [member, of(one)])),
      };
    default:
      return { type: "other" };
  }
}
