// Reads that did not ask for consistency, answered from a replica that is a little behind: with what the same request was
// answered a moment ago, and without items that are newer than that. Consistent reads always tell the truth.
import type { Unkind } from "../unkind/unkind.ts";
import type { Answer } from "./operations.ts";

/** One request: the header `X-Amz-Target` and the JSON body. */
export type CarryOut = (target: string, body: string) => Promise<Answer>;

/** DynamoDB says "typically a second or less". */
const behindMilliseconds = 1000;
const mostRemembered = 1000;

interface Document {
  readonly TableName?: string;
  readonly ConsistentRead?: boolean;
  readonly Items?: readonly Item[];
  readonly Item?: Item;
  readonly Count?: number;
  readonly ScannedCount?: number;
}
type Item = Readonly<Record<string, unknown>>;

/** @param carryOut the truth @param now milliseconds since the epoch */
export function withOldReads(carryOut: CarryOut, unkind: Unkind, now: () => number): CarryOut {
  const answers = new Map<string, { readonly answer: Answer; readonly at: number }>();
  /** Items made within the last moment, by table and key. */
  const made = new Map<string, number>();
  const keys = new Map<string, readonly string[]>();

  async function keyNames(table: string): Promise<readonly string[]> {
    const known = keys.get(table);
    if (known) return known;
    const { document } = await carryOut("DynamoDB_20120810.DescribeTable", JSON.stringify({ TableName: table }));
    const { KeySchema = [] } =
      (document as { Table?: { KeySchema?: readonly { AttributeName: string }[] } }).Table ?? {};
    const names = KeySchema.map(({ AttributeName }) => AttributeName);
    if (names.length > 0) keys.set(table, names);
    return names;
  }

  const identity = (table: string, names: readonly string[], item: Item) =>
    JSON.stringify([table, ...names.map((name) => item[name])]);

  async function put(target: string, body: string, input: Document): Promise<Answer> {
    const { TableName: table = "", Item: item = {} } = input;
    const names = await keyNames(table);
    if (names.length === 0) return carryOut(target, body); // there is no such table, as the service will say
    const Key = Object.fromEntries(names.map((name) => [name, item[name]]));
    const read = JSON.stringify({ TableName: table, Key, ConsistentRead: true });
    const before = await carryOut("DynamoDB_20120810.GetItem", read);
    const answer = await carryOut(target, body);
    const isNew = before.status === 200 && (before.document as Document).Item === undefined;
    if (answer.status === 200 && isNew) remember(made, identity(table, names, item), now());
    return answer;
  }

  async function read(target: string, body: string, input: Document): Promise<Answer> {
    const key = `${target} ${body}`;
    const answer = await carryOut(target, body);
    const since = now() - behindMilliseconds;
    const earlier = answers.get(key);
    if (answer.status === 200 && (earlier === undefined || earlier.at < since))
      remember(answers, key, { answer, at: now() });
    if (unkind.strikes("dynamodb-old-read", `${target.split(".")[1]} ${input.TableName}`) === undefined) return answer;
    if (earlier && earlier.at >= since) return earlier.answer;
    const { Items: items } = answer.document as Document;
    if (!items) return answer;
    const names = await keyNames(input.TableName ?? "");
    const older = items.filter((item) => !((made.get(identity(input.TableName ?? "", names, item)) ?? 0) >= since));
    const left = items.length - older.length;
    const { Count = 0, ScannedCount = 0 } = answer.document as Document;
    const counts = { Count: Count - left, ScannedCount: ScannedCount - left };
    return { ...answer, document: { ...answer.document, Items: older, ...counts } };
  }

  return (target, body) => {
    const input = parsed(body);
    const action = target.split(".")[1] ?? "";
    if (action === "PutItem" && input) return put(target, body, input);
    const isRead = action === "GetItem" || action === "Query" || action === "Scan";
    return isRead && input && input.ConsistentRead !== true ? read(target, body, input) : carryOut(target, body);
  };
}

/** The oldest goes first. */
function remember<Value>(memory: Map<string, Value>, key: string, value: Value): void {
  memory.delete(key);
  memory.set(key, value);
  const [first] = memory.keys();
  if (memory.size > mostRemembered && first !== undefined) memory.delete(first);
}

function parsed(body: string): Document | undefined {
  try {
    return (JSON.parse(body) as Document | null) ?? undefined;
  } catch {
    return undefined; // the service refuses it in its own words
  }
}
